/**
 * The selection language of the command line, as `harness/catalogue/selection.py` has it: same grammar, same errors.
 *
 *     selection  := both ("or" both)*
 *     both       := term ("and" term)*
 *     term       := "not" term | "(" selection ")" | condition
 *     condition  := axis ("=" | "!=") values | axis ["not"] "in" "(" values ")"
 *     values     := value ("," value)*
 */

import { suggestNames } from "./nearest.js";

const DEEPEST = 50;
const WORDS = new Set(["and", "or", "not", "in"]);
/** What Python takes for a space, and for a part of a word. */
export const SPACE = "\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
export const NAME = "[\\p{L}\\p{N}_.+-]+";

/** Something that can't be read, with its place in the text. */
export class SelectionError extends Error {
  constructor(problem, position, remedy = "Write conditions such as axis=value or axis in (a, b), joined by 'and', 'or' and 'not'.") {
    super(problem);
    this.position = position;
    this.remedy = remedy;
  }
}

/** A token: a text with its place. `kind` is "name", "sign", "text", "token", "end", or "word" for and, or, not, in. */
export function makeToken(text, position, kind) {
  return { text, position, end: position + text.length, kind: kind === "name" && WORDS.has(text) ? "word" : kind };
}

/** A text in quotes, as Python writes it. */
export function quote(text) {
  return text.includes("'") ? `"${text}"` : `'${text.replaceAll("\\", "\\\\")}'`;
}

/** Recursive descent over the tokens, one method a rule of the grammar. */
export class SelectionParser {
  /**
   * @param {any[]} tokens
   * @param {Map<string, string[]>} axes the names that may stand in it, each with its values
   */
  constructor(tokens, axes) {
    this.tokens = tokens;
    this.axes = axes;
    this.place = 0;
    this.depth = 0;
  }

  get token() {
    return this.tokens[this.place];
  }

  /** Step over the token if it is one of these. */
  take(...texts) {
    if (!["sign", "word"].includes(this.token.kind) || !texts.includes(this.token.text)) return false;
    this.place += 1;
    return true;
  }

  need(text) {
    if (!this.take(text)) this.unexpected(quote(text));
  }

  unexpected(wanted) {
    const found = this.token.text ? quote(this.token.text) : "the end";
    throw new SelectionError(`Expected ${wanted}, found ${found}.`, this.token.position);
  }

  whole() {
    if (this.token.kind === "end") throw new SelectionError("The selection is empty.", 0);
    const node = this.selection();
    if (this.token.kind !== "end") this.unexpected("'and', 'or' or the end");
    return node;
  }

  selection() {
    const operands = [this.both()];
    while (this.take("or")) operands.push(this.both());
    return operands.length === 1 ? operands[0] : { kind: "anyOf", operands };
  }

  both() {
    const operands = [this.term()];
    while (this.take("and")) operands.push(this.term());
    return operands.length === 1 ? operands[0] : { kind: "all", operands };
  }

  term() {
    this.depth += 1;
    if (this.depth > DEEPEST) throw new SelectionError(`Nested more than ${DEEPEST} deep.`, this.token.position);
    const start = this.token.position;
    const node = this.operand();
    this.depth -= 1;
    return { ...node, start, end: this.tokens[this.place - 1].end };
  }

  operand() {
    if (this.take("not")) return { kind: "not", operand: this.term() };
    if (this.take("(")) {
      const node = this.selection();
      this.need(")");
      return node;
    }
    return this.condition();
  }

  condition() {
    const axis = this.name("axis", "the name of an axis", [...this.axes.keys()]);
    if (this.take("=", "==")) return { kind: "oneOf", axis, values: this.values(axis) };
    if (this.take("!=")) return { kind: "not", operand: { kind: "oneOf", axis, values: this.values(axis) } };
    const negated = this.take("not");
    if (!this.take("in")) this.unexpected(negated ? "'in'" : "'=', '!=' or 'in'");
    this.need("(");
    const node = { kind: "oneOf", axis, values: this.values(axis) };
    this.need(")");
    return negated ? { kind: "not", operand: node } : node;
  }

  values(axis) {
    const values = [this.value(axis)];
    while (this.take(",")) values.push(this.value(axis));
    return values;
  }

  value(axis) {
    const following = this.tokens[this.place + 1]?.text;
    if (this.axes.has(this.token.text) && ["=", "!=", "=="].includes(following)) {
      throw new SelectionError(
        `A comma separates the values of ${axis}, but ${quote(this.token.text)} is an axis.`,
        this.token.position,
        "Join conditions with 'and' or 'or'.",
      );
    }
    return this.name(`value of ${axis}`, `a value of ${axis}`, this.axes.get(axis));
  }

  name(kind, wanted, known) {
    const { token } = this;
    if (token.kind !== "name") this.unexpected(wanted);
    if (!known.includes(token.text)) {
      throw new SelectionError(`Unknown ${kind} ${quote(token.text)}.`, token.position, suggestNames(token.text, known));
    }
    this.place += 1;
    return token.text;
  }
}
