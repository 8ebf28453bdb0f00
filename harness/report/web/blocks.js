/** The page's blocks of data: compressed JSON, read when it is first asked for. */

import { requestDraw } from "./redraw.js";

const promised = new Map();
const known = new Map();

/**
 * The content of a block.
 * @param {string} name "data", "suites", "cures" or "evidence"
 * @returns {Promise<any>} null where the page has no such block
 */
export function readBlock(name) {
  if (!promised.has(name)) promised.set(name, unpack(name).then((content) => (known.set(name, content), content)));
  return promised.get(name);
}

/**
 * The content of a block as far as it is there. The page is drawn again when it has been read.
 * @param {string} name
 * @returns {any} undefined while it is being read, null where the page has no such block
 */
export function peekBlock(name) {
  if (!promised.has(name)) readBlock(name).then(requestDraw);
  return known.get(name);
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
