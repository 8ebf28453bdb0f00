/** Queries over the results of the page: read, applied, and changed by a click. */

import { SelectionError } from "./selection.js";
import { listTerms, parseQuery } from "./query.js";
import { Matcher } from "./match.js";
import { makeVocabulary } from "./vocabulary.js";

/** Letters of a query. */
export const LONGEST = 1000;

export class Finder {
  /** @param {any} model */
  constructor(model) {
    this.model = model;
    this.vocabulary = makeVocabulary(model);
    this.matcher = new Matcher(model);
    this.last = null;
  }

  /** The query that a text is. One that can't be read has an error, and selects everything. */
  read(text) {
    if (this.last?.text !== text) this.last = new Query(this, text);
    return this.last;
  }
}

class Query {
  constructor(finder, text) {
    this.finder = finder;
    this.text = text;
    this.root = null;
    /** @type {SelectionError | null} */
    this.error = null;
    if (text.length > LONGEST) {
      this.error = new SelectionError(
        `The find box reads ${LONGEST.toLocaleString("en")} characters, not ${text.length.toLocaleString("en")}.`, 0,
        "Paste the line that names the error, such as “RuntimeError: Event loop is closed”.",
      );
      return;
    }
    try {
      this.root = parseQuery(text, finder.vocabulary);
    } catch (error) {
      if (!(error instanceof SelectionError)) throw error;
      this.error = error;
    }
  }

  /** Those of the environments in which it can match. */
  filterEnvironments(environments) {
    return this.finder.matcher.filterEnvironments(this.root, environments);
  }

  /** Whether it names something in which environments differ, in any condition. */
  get namesEnvironments() {
    const dimensions = new Set(this.finder.model.dimensions.map(({ name }) => name));
    const visit = (node) => dimensions.has(node.key) || (node.operands ?? [node.operand]).some((one) => one && visit(one));
    return this.root !== null && visit(this.root);
  }

  /** The cells that it selects, of those measured in these environments. */
  selectCells(environments) {
    return this.finder.matcher.selectCells(this.root, environments);
  }

  /** Whether a badge's term is part of it. */
  has({ key, value }) {
    return listTerms(this.root).some((term) => isAbout(term, key) && term.values.includes(value));
  }

  /**
   * The query's text with a badge's term: it takes the place of another value, or with `combine` stands beside it. A
   * term that is part of the query already is taken away.
   * @param {{key: string, value: string}} badge an axis or the key of a token, and a value
   * @param {{combine?: boolean}} options
   */
  toggle({ key, value }, { combine = false } = {}) {
    if (this.error) return `${this.text} ${this.write(key, [value])}`;
    const terms = listTerms(this.root);
    const place = terms.findIndex((term) => isAbout(term, key));
    const texts = terms.map((term) => this.text.slice(term.start, term.end));
    if (place < 0) {
      const text = this.root?.kind === "anyOf" ? `(${this.text.trim()})` : this.text.trim();
      return [text, this.write(key, [value])].filter(Boolean).join(" ");
    }
    const { values } = terms[place];
    const others = values.filter((one) => one !== value);
    const left = others.length < values.length ? others : combine ? [...values, value] : [value];
    texts[place] = left.length ? this.write(key, left) : "";
    return texts.filter(Boolean).join(" ");
  }

  write(key, values) {
    if (this.finder.vocabulary.axes.has(key)) return `${key}=${values.join(",")}`;
    return `${key}:${values.map(quoteValue).join(",")}`;
  }
}

/** A value of a token, in quotes where it needs them. */
export function quoteValue(value) {
  return /[\s(),]/.test(value) ? `"${value}"` : value;
}

function isAbout(term, key) {
  return (term.kind === "oneOf" && term.axis === key) || (term.kind === "token" && term.key === key);
}
