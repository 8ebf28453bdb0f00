/** The page's blocks of data: compressed JSON, read when it is first asked for. */

const read = new Map();

/**
 * The content of a block.
 * @param {string} name "data", "suites", "cures" or "evidence"
 * @returns {Promise<any>} null where the page has no such block
 */
export function readBlock(name) {
  if (!read.has(name)) read.set(name, unpack(name));
  return read.get(name);
}

async function unpack(name) {
  const element = document.getElementById(`block-${name}`);
  if (!element) return null;
  const text = atob(element.textContent.trim());
  element.remove();
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}
