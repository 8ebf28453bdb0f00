/**
 * Which cells a query selects. A query is about one outcome: a cell in an environment. A cell is selected where one of
 * its measured outcomes matches, in an environment that is shown.
 */

import { PLACE, hasRun } from "../model.js";
import { ROLES, STATUS_KEYS } from "./vocabulary.js";

export class Matcher {
  /** @param {any} model */
  constructor(model) {
    this.model = model;
    /** What leaves of queries match, so that typing on asks again only for what is new. */
    this.known = new Map();
    this.searched = null;
  }

  /**
   * The environments in which a query can match at all.
   * @param {any} root the query's tree
   * @param {number[]} environments
   */
  filterEnvironments(root, environments) {
    return root === null ? environments : environments.filter((one) => this.judgeEnvironment(root, one) !== false);
  }

  /**
   * The cells that a query selects.
   * @param {any} root the query's tree, null selects all
   * @param {number[]} environments those that are shown
   * @returns {number[]} cells that were measured in one of them, in order
   */
  selectCells(root, environments) {
    const selected = new Uint8Array(this.model.cells.length);
    for (const environment of environments) {
      const outcomes = this.model.outcomes[environment];
      const mask = root === null ? null : this.matchAll(root, environment, environments);
      for (let cell = 0; cell < selected.length; cell += 1) {
        if (outcomes[cell] >= 0 && (mask === null || mask[cell])) selected[cell] = 1;
      }
    }
    const cells = [];
    for (let cell = 0; cell < selected.length; cell += 1) if (selected[cell]) cells.push(cell);
    return cells;
  }

  /** true, false, or undefined where it depends on more than the environment. */
  judgeEnvironment(node, environment) {
    if (node.kind === "token") {
      const value = this.model.environments[environment].dimensions[node.key];
      return value === undefined ? undefined : node.values.includes(value);
    }
    if (node.kind === "not") {
      const found = this.judgeEnvironment(node.operand, environment);
      return found === undefined ? undefined : !found;
    }
    if (node.kind !== "all" && node.kind !== "anyOf") return undefined;
    const deciding = node.kind === "anyOf";
    const found = node.operands.map((one) => this.judgeEnvironment(one, environment));
    if (found.includes(deciding)) return deciding;
    return found.includes(undefined) ? undefined : !deciding;
  }

  /** For each cell 1 where its outcome in the environment matches. */
  matchAll(node, environment, environments) {
    if (node.kind === "not") return this.matchAll(node.operand, environment, environments).map((one) => one ^ 1);
    if (node.kind === "all" || node.kind === "anyOf") {
      const [first, ...rest] = (node.distinct ??= dropRepeated(node.operands));
      const result = Uint8Array.from(this.matchAll(first, environment, environments));
      for (const operand of rest) {
        if (node.kind === "all" && !result.includes(1)) break; // of a long line's words none is looked for in vain
        const mask = this.matchAll(operand, environment, environments);
        if (node.kind === "all") for (let cell = 0; cell < result.length; cell += 1) result[cell] &= mask[cell];
        else for (let cell = 0; cell < result.length; cell += 1) result[cell] |= mask[cell];
      }
      return result;
    }
    return this.matchLeaf(node, environment, environments);
  }

  matchLeaf(node, environment, environments) {
    const { start, end, ...content } = node;
    const key = JSON.stringify(content);
    if (node.kind === "oneOf") return this.remember(key, () => this.matchAxis(node));
    if (node.kind === "range") return this.remember(`${key}${environments}`, () => this.matchRanges(node, environments));
    if (node.key === "everywhere") {
      return this.remember(`${key}${environments}`, () => this.matchEverywhere(node, environments));
    }
    return this.remember(`${key}${environment}`, () => this.matchOutcome(node, key, environment));
  }

  remember(key, make) {
    if (!this.known.has(key)) {
      if (this.known.size > 2000) this.known.clear();
      this.known.set(key, make());
    }
    return this.known.get(key);
  }

  matchAxis({ axis, values }) {
    const { model } = this;
    const number = model.axisNumber.get(axis);
    const wanted = model.axes[number].values.map(({ name }) => values.includes(name));
    return Uint8Array.from(model.values, (found) => (found && wanted[found[number]] ? 1 : 0));
  }

  matchOutcome(node, key, environment) {
    const { model } = this;
    const outcomes = model.outcomes[environment];
    const result = new Uint8Array(outcomes.length);
    if (node.kind === "token" && !(node.key in STATUS_KEYS) && !(node.key in ROLES)) {
      return result.fill(this.judgeEnvironment(node, environment) ? 1 : 0);
    }
    const verdicts = this.remember(`verdicts${key}`, () => this.matchVerdicts(node));
    const cells = node.kind === "text" ? this.remember(`cells${key}`, () => this.matchIds(node.text)) : null;
    for (let cell = 0; cell < result.length; cell += 1) {
      const number = outcomes[cell];
      if (number >= 0 && (verdicts[number] || cells?.[cell])) result[cell] = 1;
    }
    return result;
  }

  matchVerdicts(node) {
    const { model } = this;
    if (node.kind === "text") return this.matchTexts(node.text);
    if (node.key in STATUS_KEYS) {
      const field = STATUS_KEYS[node.key];
      return Uint8Array.from(model.verdicts, (verdict) => (node.values.includes(verdict[field] ?? "clean") ? 1 : 0));
    }
    const signatures = node.values.map((name) => model.signatureNumber.get(name));
    const roles = ROLES[node.key];
    const matches = (finding) => signatures.includes(finding.signature) && roles.includes(finding.role);
    return Uint8Array.from(model.verdicts, ({ findings }) => (findings?.some(matches) ? 1 : 0));
  }

  matchTexts(text) {
    this.searched ??= this.listSearched();
    const { texts, verdicts, names } = this.searched;
    const found = texts.map((one) => one.includes(text));
    const named = names.map((one) => one.includes(text));
    return Uint8Array.from(this.model.verdicts, (verdict, number) => {
      if (verdicts[number].includes(text)) return 1;
      return verdict.findings?.some((one) => found[one.text] || named[one.signature]) ? 1 : 0;
    });
  }

  /** What free text is looked for in, in small letters. */
  listSearched() {
    const { data, verdicts, signatures } = this.model;
    return {
      texts: data.texts.map((text) => text.toLowerCase()),
      names: signatures.map(({ name }) => name.toLowerCase()),
      verdicts: verdicts.map(({ label, reason = "", ending = "", notes = [], unnamed = [] }) =>
        [label, reason, ending, ...notes, ...unnamed.map((one) => `${one.type}: ${one.text}`)].join("\n").toLowerCase(),
      ),
    };
  }

  matchIds(text) {
    this.ids ??= this.model.cells.map((id) => id.toLowerCase());
    return Uint8Array.from(this.ids, (id) => (id.includes(text) ? 1 : 0));
  }

  /** Each outcome that ran has one of the verdicts, and at least one ran. */
  matchEverywhere({ values }, environments) {
    const { model } = this;
    const wanted = model.verdicts.map(({ status }) => values.includes(status));
    const counts = model.verdicts.map(({ status }) => hasRun(status));
    return Uint8Array.from(model.cells, (_, cell) => {
      const found = environments.map((one) => model.outcomes[one][cell]).filter((number) => number >= 0 && counts[number]);
      return found.length && found.every((number) => wanted[number]) ? 1 : 0;
    });
  }

  matchRanges({ key, ranges }, environments) {
    const result = new Uint8Array(this.model.cells.length);
    for (const range of ranges) {
      for (const [before, after] of this.findPairs(range, environments)) {
        for (let cell = 0; cell < result.length; cell += 1) {
          if (this.hasChanged(key, range, cell, before, after)) result[cell] = 1;
        }
      }
    }
    return result;
  }

  /** The environments before and after that differ in the least else, on each Python, or of each release, that is shown. */
  findPairs({ dimension, before, after }, shown) {
    const { environments } = this.model;
    const held = PLACE.filter((name) => name !== dimension);
    const placeOf = (number) => held.map((name) => environments[number].dimensions[name]).join(" ");
    const having = (value) => [...environments.keys()].filter((number) => environments[number].dimensions[dimension] === value);
    const pairs = having(before.value).flatMap((one) => having(after.value).map((other) => [one, other]));
    const alike = pairs.filter(([one, other]) => placeOf(one) === placeOf(other));
    if (!alike.length) return this.selectNearest(pairs);
    const places = new Set(shown.map(placeOf));
    return [...places].flatMap((place) => this.selectNearest(alike.filter(([one]) => placeOf(one) === place)));
  }

  selectNearest(pairs) {
    const distances = pairs.map(([one, other]) => {
      const [before, after] = [one, other].map((number) => this.model.environments[number]);
      const names = Object.keys(before.dimensions).filter((name) => before.dimensions[name] !== after.dimensions[name]);
      return names.length + countFurther(before.id, after.id);
    });
    const least = Math.min(...distances);
    return pairs.filter((_, place) => distances[place] === least);
  }

  /** Whether a cell that is stable on both sides did what the token asks for. */
  hasChanged(key, range, cell, before, after) {
    const { model } = this;
    const one = model.verdict(cell, before);
    const other = model.verdict(cell, after);
    if (!one || !other || model.isMixed(cell, before) || model.isMixed(cell, after)) return false;
    if (range.before.status && range.before.status !== one.status) return false;
    if (range.after.status && range.after.status !== other.status) return false;
    if (!hasRun(one.status) || !hasRun(other.status)) {
      const inexpressible = [one, other].filter(({ status }) => status === "not-applicable").length;
      const ran = hasRun(one.status) || hasRun(other.status);
      return key === "changed" && inexpressible === 1 && ran;
    }
    const { gravity } = model.data;
    const graver = gravity[other.status] - gravity[one.status];
    return key === "changed" ? one.outcome !== other.outcome : key === "worse" ? graver > 0 : graver < 0;
  }
}

/** How many further packages are named for one of two environments alone: they follow the client in its id. */
function countFurther(before, after) {
  const [one, other] = [before, after].map((id) => id.split("/").slice(4));
  return [...one.filter((part) => !other.includes(part)), ...other.filter((part) => !one.includes(part))].length;
}

/** A long line has many a word twice. */
function dropRepeated(operands) {
  const texts = new Set();
  return operands.filter(({ kind, text }) => kind !== "text" || (!texts.has(text) && texts.add(text)));
}
