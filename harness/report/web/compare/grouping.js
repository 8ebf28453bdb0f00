/**
 * One cause, one line: what the cells that changed in the same way have in common.
 *
 * The same rules as those of `harness/compare/rules.py`, over the same sets of cells: bit `n` of a set stands for cell
 * `n`. A test holds the two together.
 */

/** Cells that a rule must cover to be worth a line. */
const FEWEST = 2;
/** Conditions of a rule. */
const LONGEST = 3;
/** A rule with one condition more must cover a quarter more cells to be preferred. */
const DISCOUNTS = [1, 0.8, 0.8 ** 2, 0.8 ** 3];
/** Conditions that longer rules are made of: those that cover most. */
const PROMISING = 16;

/** A set of cells: 32 to a number. */
class CellSet {
  constructor(words) {
    this.words = words;
  }

  static of(size, cells) {
    const words = new Uint32Array(Math.ceil(size / 32));
    for (const cell of cells) words[cell >>> 5] |= 1 << (cell & 31);
    return new CellSet(words);
  }

  and(other) {
    const found = new Uint32Array(this.words.length);
    for (let place = 0; place < found.length; place++) found[place] = this.words[place] & other.words[place];
    return new CellSet(found);
  }

  without(other) {
    const found = new Uint32Array(this.words.length);
    for (let place = 0; place < found.length; place++) found[place] = this.words[place] & ~other.words[place];
    return new CellSet(found);
  }

  union(other) {
    const found = new Uint32Array(this.words.length);
    for (let place = 0; place < found.length; place++) found[place] = this.words[place] | other.words[place];
    return new CellSet(found);
  }

  get empty() {
    for (const word of this.words) if (word !== 0) return false;
    return true;
  }

  meets(other) {
    for (let place = 0; place < this.words.length; place++) {
      if ((this.words[place] & other.words[place]) !== 0) return true;
    }
    return false;
  }

  get size() {
    let size = 0;
    for (const word of this.words) if (word !== 0) size += countBits(word);
    return size;
  }

  /** The cells, in order. */
  list() {
    const cells = [];
    this.words.forEach((word, place) => {
      for (let rest = word; rest !== 0; rest &= rest - 1) cells.push(place * 32 + 31 - Math.clz32(rest & -rest));
    });
    return cells;
  }
}

function countBits(word) {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The cells that are compared, with their values. */
export class Universe {
  /**
   * @param {number} size how many cells there are, compared or not
   * @param {number[]} compared those that are compared
   * @param {(cell: number) => [string, string][]} values axes and values of a cell, in the order of the axes
   */
  constructor(size, compared, values) {
    this.size = size;
    const having = new Map();
    for (const cell of compared) {
      for (const [axis, value] of values(cell)) {
        if (!having.has(axis)) having.set(axis, new Map());
        const found = having.get(axis);
        if (found.has(value)) found.get(value).push(cell);
        else found.set(value, [cell]);
      }
    }
    /** Each condition with the cells that meet it. */
    this.conditions = [...having].flatMap(([axis, found]) =>
      [...found].map(([value, cells]) => ({ axis, value, set: this.set(cells) })),
    );
    this.conditions.sort((one, other) => compareTexts(one.axis, other.axis) || compareTexts(one.value, other.value));
    /** The values of each axis. */
    this.axes = new Map();
    for (const { axis, value } of this.conditions) this.axes.set(axis, [...(this.axes.get(axis) ?? []), value]);
  }

  set(cells) {
    return CellSet.of(this.size, cells);
  }

  /**
   * What the wanted cells have in common: rules that no compared cell outside `allowed` meets, and what is left.
   * @param {number[]} wanted
   * @param {CellSet} breaking cells that no rule may cover
   * @returns {{common: [string, string][], cells: number[]}[]} conditions such as ["creation_site", "a,b"] or
   *   ["loop_policy!", "default"], which leaves out what it names; none where the cells have nothing in common
   */
  findCauses(wanted, breaking) {
    const rules = this.joinRules(this.findRules(this.set(wanted), breaking));
    return rules.map(({ common, covers }) => ({ common, cells: covers.list() }));
  }

  findRules(wanted, breaking) {
    const rules = [];
    for (let best = this.findBest(wanted, breaking); best; best = this.findBest(wanted, breaking)) {
      rules.push({ conditions: best.conditions, covers: best.covers });
      wanted = wanted.without(best.covers);
    }
    return wanted.empty ? rules : [...rules, { conditions: [], covers: wanted }];
  }

  /** Of rules that cover as much the one with fewer conditions, then the one whose conditions cover most. */
  findBest(wanted, breaking) {
    const singles = this.findSingles(wanted, breaking);
    let best = chooseBetter(null, singles);
    const promising = singles.slice(0, PROMISING);
    if (!promising.length || !promising.map((rule) => rule.breaks).reduce((one, other) => one.and(other)).empty) {
      return best; // not even all conditions together keep out what isn't allowed
    }
    let rules = promising;
    for (let size = 2; size <= LONGEST; size++) {
      const longer = [];
      for (const rule of rules) {
        if (rule.breaks.empty) continue; // otherwise more conditions only cover less
        for (const found of narrow(rule, promising, size === LONGEST)) {
          if (!best || found.score > best.score) longer.push(found);
        }
      }
      rules = longer;
      best = chooseBetter(best, rules);
    }
    return best;
  }

  /** Rules of one condition, those that cover most first, whatever they break. */
  findSingles(wanted, breaking) {
    return this.conditions
      .map((condition) => ({ condition, covers: condition.set.and(wanted) }))
      .map((one) => ({ ...one, number: one.covers.size }))
      .filter((one) => one.number >= FEWEST)
      .sort((one, other) => other.number - one.number) // the conditions are sorted, and sorting keeps that
      .map(({ condition, covers, number }, place) => ({
        conditions: [condition],
        place,
        covers,
        breaks: condition.set.and(breaking),
        score: number * DISCOUNTS[1],
      }));
  }

  /** The rules with those joined that differ in the value of one axis. */
  joinRules(rules) {
    const found = [];
    for (const { conditions, covers } of rules) {
      if (!conditions.length) continue;
      addRule(found, { spans: new Map(conditions.map(({ axis, value }) => [axis, new Set([value])])), covers });
    }
    const rest = rules.filter(({ conditions }) => !conditions.length).map(({ covers }) => ({ common: [], covers }));
    return [...found.map(({ spans, covers }) => ({ common: this.writeConditions(spans), covers })), ...rest];
  }

  /** The conditions; of an axis that may have most of its values, those that it may not have. */
  writeConditions(spans) {
    return [...spans]
      .map(([axis, values]) => {
        const others = this.axes.get(axis).filter((value) => !values.has(value));
        return values.size === 1 || !others.length || others.length >= values.size
          ? [axis, [...values].sort(compareTexts).join(",")]
          : [`${axis}!`, others.join(",")];
      })
      .sort(([one], [other]) => compareTexts(one.replace(/!$/, ""), other.replace(/!$/, "")));
  }
}

/** The rule with one of the conditions after its own; of the last ones only those that break nothing. */
function* narrow(rule, singles, last) {
  for (const other of singles.slice(rule.place + 1)) {
    if (last && rule.breaks.meets(other.breaks)) continue;
    const covers = rule.covers.and(other.covers);
    const number = covers.size;
    if (number < FEWEST) continue;
    const conditions = [...rule.conditions, ...other.conditions];
    const score = number * DISCOUNTS[conditions.length];
    yield { conditions, place: other.place, covers, breaks: rule.breaks.and(other.breaks), score };
  }
}

/** The first of the best that break nothing, unless none is better than `best`. */
function chooseBetter(best, rules) {
  for (const rule of rules) {
    if (rule.breaks.empty && (!best || rule.score > best.score)) best = rule;
  }
  return best;
}

/** Join a rule with one that is there as long as there is one, or put it at the end. */
function addRule(found, added) {
  let { spans, covers } = added;
  let place = found.length;
  for (;;) {
    const other = found.findIndex((there) => findOnlyDifference(there.spans, spans) !== null);
    if (other < 0) break;
    const [there] = found.splice(other, 1);
    const axis = findOnlyDifference(there.spans, spans);
    spans = new Map(spans).set(axis, new Set([...there.spans.get(axis), ...spans.get(axis)]));
    covers = there.covers.union(covers);
    place = Math.min(place, other);
  }
  found.splice(place, 0, { spans, covers });
}

/** The axis in which two rules differ, if it is just one and both speak of it. */
function findOnlyDifference(one, other) {
  if (one.size !== other.size || ![...one.keys()].every((axis) => other.has(axis))) return null;
  const differing = [...one].filter(([axis, values]) => !areEqual(values, other.get(axis)));
  return differing.length === 1 ? differing[0][0] : null;
}

function areEqual(one, other) {
  return one.size === other.size && [...one].every((value) => other.has(value));
}

/** The order in which Python sorts texts. */
export function compareTexts(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The same of lists: the first place in which they differ counts. */
export function compareLists(one, other) {
  const place = one.findIndex((text, number) => text !== other[number]);
  return place < 0 ? one.length - other.length : place < other.length ? compareTexts(one[place], other[place]) : 1;
}
