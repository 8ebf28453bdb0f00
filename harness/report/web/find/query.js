/**
 * What stands in the find box: the selection language, and between its conditions tokens and free text.
 *
 *     both   := term (["and"] term)*
 *     term   := … | token | text
 *     token  := key ":" value ("," value)*     verdict:reproduces   client:"valkey 6.2.0"   changed:1.4.1..1.5.0
 *     text   := a word | '"' any text '"'
 */

import { NAME, SPACE, SelectionError, SelectionParser, makeToken, quote } from "./selection.js";
import { suggestNames } from "./nearest.js";

const REMEDY = "To search for a text, put it in double quotes.";
const SKIP = new RegExp(`[${SPACE}]*`, "uy");
const KEY = /(?<key>[a-z][a-z-]*):(?!:)/uy;
const VALUE = new RegExp(`"(?<quoted>[^"]*)"|(?<plain>[^${SPACE}(),"]+)`, "uy");
const PLAIN_NAME = new RegExp(`${NAME}(?=[${SPACE}=,()]|!=|$)`, "uy");
const SIGN = /!=|==|[=(),]/uy;
const WORD = new RegExp(`[^${SPACE}()"]+`, "uy");

/** The kinds of tokens whose values are a range, `A..B`. */
export const RANGES = ["changed", "worse", "better"];

function readAt(pattern, text, position) {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

/** The tokens of a query. Whether a name is a condition's or a word is known only by what follows it. */
function splitQuery(text, keys) {
  const tokens = [];
  let position = 0;
  for (;;) {
    position += readAt(SKIP, text, position)[0].length;
    if (position >= text.length) break;
    const token = readToken(text, position, keys);
    tokens.push(token);
    position = token.end;
  }
  return [...tokens, { text: "", position, end: position, kind: "end" }];
}

function readToken(text, position, keys) {
  if (text[position] === '"') return readQuoted(text, position);
  const key = readAt(KEY, text, position)?.groups.key;
  if (key && keys.has(key)) return readValues(text, position, key, keys.get(key));
  const name = readAt(PLAIN_NAME, text, position);
  if (name) return makeToken(name[0], position, "name");
  const sign = readAt(SIGN, text, position);
  if (sign) return makeToken(sign[0], position, "sign");
  const word = readAt(WORD, text, position);
  if (key && word[0].length > key.length + 1) {
    throw new SelectionError(`Unknown token ${quote(`${key}:`)}.`, position, `${suggestNames(key, [...keys.keys()])} ${REMEDY}`);
  }
  return makeToken(word[0], position, "text");
}

function readQuoted(text, position) {
  const close = text.indexOf('"', position + 1);
  if (close < 0) throw new SelectionError("This quote isn't closed.", position, 'Put a second " behind the text.');
  const content = text.slice(position + 1, close);
  if (!content) throw new SelectionError("There is nothing between these quotes.", position, REMEDY);
  return { text: content, position, end: close + 1, kind: "text" };
}

/** `key:a,b`, as one token. */
function readValues(text, position, key, known) {
  const values = [];
  let end = position + key.length + 1;
  do {
    const match = readAt(VALUE, text, end);
    if (!match) throw new SelectionError(`Expected a value of ${key}.`, end, describeValues(key, known));
    const value = match.groups.quoted ?? match.groups.plain;
    if (known && !known.includes(value)) {
      throw new SelectionError(`Unknown ${key} ${quote(value)}.`, end, suggestNames(value, known));
    }
    values.push({ value, position: end });
    end += match[0].length;
  } while (text[end] === "," && (end += 1));
  return { text: text.slice(position, end), position, end, kind: "token", key, values };
}

function describeValues(key, known) {
  return known ? `Known: ${known.join(", ")}.` : `Write ${key}:1.4.1..1.5.0.`;
}

class QueryParser extends SelectionParser {
  constructor(tokens, { axes, keys, readRange }) {
    super(tokens, axes);
    this.keys = keys;
    this.readRange = readRange;
  }

  both() {
    const operands = [this.term()];
    while (this.take("and") || this.beginsTerm()) operands.push(this.term());
    return operands.length === 1 ? operands[0] : { kind: "all", operands };
  }

  beginsTerm() {
    const { kind, text } = this.token;
    return ["name", "text", "token"].includes(kind) || (kind === "word" && text !== "or") || text === "(";
  }

  operand() {
    const { token } = this;
    if (token.kind === "token") return this.step(this.readNode(token));
    if (token.kind === "text" || (token.kind === "word" && token.text === "in")) return this.step(makeText(token));
    return super.operand();
  }

  condition() {
    const { token } = this;
    if (token.kind === "name" && !this.axes.has(token.text)) {
      if (!this.isCondition()) return this.step(makeText(token));
      if (this.keys.has(token.text)) {
        throw new SelectionError(`${quote(token.text)} isn't an axis.`, token.position, `Write ${token.text}:VALUE.`);
      }
    }
    return super.condition();
  }

  /** Whether what follows a name makes it the axis of a condition. */
  isCondition() {
    const [one, two] = this.tokens.slice(this.place + 1).map((token) => (token.kind === "text" ? "" : token.text));
    return ["=", "==", "!="].includes(one) || (one === "in" && two === "(") || (one === "not" && two === "in");
  }

  step(node) {
    this.place += 1;
    return node;
  }

  readNode({ key, values }) {
    if (!RANGES.includes(key)) return { kind: "token", key, values: values.map(({ value }) => value) };
    return { kind: "range", key, ranges: values.map(({ value, position }) => this.readRange(value, position)) };
  }
}

function makeText({ text }) {
  return { kind: "text", text: text.toLowerCase() };
}

/**
 * Read a query. Throws `SelectionError` with the place.
 * @param {string} text
 * @param {{axes: Map<string, string[]>, keys: Map<string, string[] | null>, readRange: Function}} vocabulary
 * @returns {any} the root of its tree; null for an empty text
 */
export function parseQuery(text, vocabulary) {
  const tokens = splitQuery(text, vocabulary.keys);
  return tokens[0].kind === "end" ? null : new QueryParser(tokens, vocabulary).whole();
}

/** The terms that are joined by `and` at the top of a query's tree. */
export function listTerms(root) {
  if (root === null) return [];
  return root.kind === "all" && root.start === undefined ? root.operands : [root];
}
