/** Which known error a text is: somebody pastes a line of a terminal, with an address, a task's name or more around it. */

/** A text of fewer words is looked for as it is. */
const FEWEST = 3;
/** Words that may stand between two words of a title. */
const BETWEEN = 3;
/** Letters that are read at either end of a text: an output's error stands at its end. */
const READ = 2000;
/** Letters of an output that are read, at its end. */
const LONGEST_OUTPUT = 100_000;
/** Letters between two things that change from run to run that are worth looking for. */
const SHORTEST = 4;
const CHANGING = /0x[0-9a-f]+|\d+|["…]|\.{3}|\s{2,}/i;
const TERM = /(?<=^|[\s(])([a-z][\w-]*)\s*(:(?=\S)|!?=|\b(?:not\s+)?in\s*\()/g;
/** Where a message may begin and end, as a terminal shows it. */
const [BEGIN, END] = ["(?<=^|[:/] |\\s{2}|\\bE |\\d |[\"'(])", "(?=$|[\\s.,;!\"')\\]])"];
const IGNORED = /\bException ignored (?:in|while|on)\b/;
const RAISED = /^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Warning)(?=:)/;
const TYPES = /[A-Za-z_][\w.]*(?:Error|Exception|Warning)(?=:)/g;

/**
 * The signature of a query that is nothing but a text; of several that fit the one of which most stands there.
 * @param {any} model
 * @param {{text: string, root: any, error: Error | null}} query
 * @returns {any} one of the model's signatures, or null
 */
export function recognizeError(model, { text, root, error }) {
  return error === null && !isText(root) ? null : recognizeText(model, text);
}

/** The signature of a text, or null. */
function recognizeText(model, text) {
  const parts = text.length > 2 * READ ? [text.slice(0, READ), text.slice(-READ)] : [text];
  return chooseBest(model, (signature) => Math.max(...parts.map((part) => measure(signature, part)))) ?? recognizeTitle(model, text.slice(0, READ));
}

/** The signature for which most is measured; null where that is nothing. */
function chooseBest(model, measureOne) {
  const measured = model.signatures.map((signature) => [measureOne(signature), signature]);
  const [most, best] = measured.reduce((one, other) => (other[0] > one[0] ? other : one), [0, null]);
  return most > 0 ? best : null;
}

/** How many letters of a text are what a signature matches. */
function measure(signature, text) {
  return Math.max(0, ...(signature.matches ?? []).map((match) => measureMatch(match, text)));
}

function measureMatch({ types = [], text: pattern = "", alone = false, lead = "" }, text) {
  if (lead && !text.includes(lead)) return 0;
  const type = types.find((name) => new RegExp(`(?<!\\w)${name}(?!\\w)`).test(text));
  if (types.length && !type && !alone) return 0;
  const found = pattern ? compile(pattern).exec(text) : { 0: "", index: text.length };
  if (!found) return 0;
  const before = pattern && types.length ? text.slice(0, found.index).match(TYPES)?.at(-1).split(".").at(-1) : undefined;
  if (before && !types.includes(before)) return 0;
  return lead.length + found[0].length + (type?.length ?? 0);
}

const compiled = new Map();

/** A signature's pattern is of a message alone; a pasted line has more around it. */
function compile(pattern) {
  if (!compiled.has(pattern)) {
    const around = pattern.replaceAll(/\\.|\[(?:\\.|[^\]])*\]|\^|\$/g, (part) => (part === "^" ? BEGIN : part === "$" ? END : part));
    compiled.set(pattern, new RegExp(around));
  }
  return compiled.get(pattern);
}

function recognizeTitle(model, text) {
  const words = splitWords(text);
  if (words.length < FEWEST) return null;
  return chooseBest(model, (signature) => {
    const title = splitWords(signature.title);
    const fits = title.length >= FEWEST && (stretches(title, words) || ` ${title.join(" ")} `.includes(` ${words.join(" ")} `));
    return fits ? title.length : 0;
  });
}

/**
 * Whether nothing but words was typed; "not", "and" and "or" are words of errors, too.
 * @param {any} root of a query's tree
 */
export function isText(root) {
  if (root === null) return false;
  const { kind, operand, operands = [operand] } = root;
  return kind === "text" || operands.every((one) => one && isText(one));
}

/** What of an error says that no server is listening; empty for another text, and for a query that is more than a text. */
export function findUnanswered(model, { text, root, error }) {
  return error === null && !isText(root) ? "" : (text.match(model.data.unanswered)?.[0] ?? "");
}

/**
 * The line of an output that the find box is about: the first that is a known error, which in a chain is the one behind
 * the others; where none is known the last that names a type of error.
 * @param {any} model
 * @param {string} output of a terminal
 * @returns {{line: string, left: number, others: any[]}} with how many lines weren't read, and the other known errors in them
 */
export function pickLine(model, output) {
  const lines = joinIgnored(output.slice(-LONGEST_OUTPUT).split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean));
  const known = lines.map((line) => recognizeText(model, line));
  const place = known.findIndex((signature) => signature !== null);
  const line = lines[place] ?? lines.findLast((one) => one.match(TYPES)) ?? lines.at(-1) ?? "";
  const others = [...new Set(known)].filter((signature) => signature !== null && signature !== known[place]);
  return { line, left: Math.max(0, lines.length - 1), others };
}

/** An exception that Python ignored is another error than one that it raised: it is read with the line before it. */
function joinIgnored(lines) {
  const joined = [];
  for (let place = 0; place < lines.length; place += 1) {
    const raised = IGNORED.test(lines[place]) ? findRaised(lines, place + 1) : -1;
    joined.push(raised < 0 ? lines[place] : `${lines[place]} ${lines[raised]}`);
    if (raised >= 0) place = raised;
  }
  return joined;
}

/** The line that ends the traceback of an exception that was ignored, or -1. */
function findRaised(lines, begin) {
  const place = lines.findIndex((line, at) => at >= begin && (RAISED.test(line) || IGNORED.test(line)));
  return place >= 0 && !IGNORED.test(lines[place]) ? place : -1;
}

/** Whether a text that is no query begins as prose does: somebody who writes a query begins with a condition. */
export function looksPasted(text, { axes, keys }) {
  const words = text.trim().split(/\s+/);
  const isTerm = ([, name, sign]) => (sign !== ":" && axes.has(name)) || (!sign.includes("=") && keys.has(name));
  return words.length >= FEWEST && !/^(?:not |\()*[a-z][\w-]*(?:!?=|:(?=\S)|\s+(?:not\s+)?in\s*\()/.test(text.trim()) && ![...text.matchAll(TERM)].some(isTerm);
}

/** The query for a line of an error: what changes from run to run is left out. */
export function quoteLine(line) {
  const parts = line.replace(/^\s*E\s+/, "").split(CHANGING).map((part) => part.trim()).filter((part) => part.length >= SHORTEST);
  return parts.map((part) => `"${part}"`).join(" ");
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
