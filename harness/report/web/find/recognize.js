/** Which known error a text is: somebody pastes a line of a terminal, with an address, a task's name or more around it. */

/** A text of fewer words is looked for as it is. */
const FEWEST = 3;
/** Words that may stand between two words of a title. */
const BETWEEN = 3;

/**
 * The signature of a query that is nothing but a text; of several that fit the one with the longest title.
 * @param {any} model
 * @param {{text: string, root: any, error: Error | null}} query
 * @returns {any} one of the model's signatures, or null
 */
export function recognizeError(model, { text, root, error }) {
  if (error === null && (root === null || !isText(root))) return null;
  const words = splitWords(text);
  if (words.length < FEWEST) return null;
  let best = { signature: null, length: 0 };
  for (const signature of model.signatures) {
    const title = splitWords(signature.title);
    const fits = title.length >= FEWEST && (stretches(title, words) || ` ${title.join(" ")} `.includes(` ${words.join(" ")} `));
    if (fits && title.length > best.length) best = { signature, length: title.length };
  }
  return best.signature;
}

/** Whether nothing but words was typed; "not", "and" and "or" are words of errors, too. */
function isText({ kind, operand, operands = [operand] }) {
  return kind === "text" || operands.every((one) => one && isText(one));
}

function splitWords(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}

/** Whether the title's words follow each other in the text, with few others between them. */
function stretches([first, ...rest], words) {
  return words.some((word, place) => word === first && follow(rest, words, place));
}

function follow(rest, words, place) {
  for (const word of rest) {
    const next = words.slice(place + 1, place + 2 + BETWEEN).indexOf(word);
    if (next < 0) return false;
    place += 1 + next;
  }
  return true;
}
