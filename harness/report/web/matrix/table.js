/** The rows and columns of the matrix, with what stands in them. */

import { UNMEASURED, WORST } from "../model.js";
import { countEach, countLine } from "./counting.js";
import { CELL, ENVIRONMENT, chooseEnvironments, isKnown, isOfEnvironments, placeEnvironments, splitBy } from "./dimensions.js";

const DEFAULT_ROWS = "creation_site";

/** What the address asks for: the levels of rows, the columns, and which groups are open. */
export function readSettings(model, settings) {
  const asked = (settings.get("rows") || DEFAULT_ROWS).split(",");
  const columns = settings.get("columns") || ENVIRONMENT;
  const levels = asked.filter((name) => isKnown(model, name));
  const chosen = isKnown(model, columns) ? columns : ENVIRONMENT;
  const hasNoLevels = asked.includes(CELL) && isOfEnvironments(model, chosen);
  return {
    levels: levels.length || hasNoLevels ? levels : [DEFAULT_ROWS],
    columns: chosen,
    open: new Set((settings.get("open") ?? "").split(",").filter(Boolean)),
    all: settings.get("environments") === "all",
  };
}

export class Table {
  /**
   * @param {any} model
   * @param {any} query
   * @param {any} settings as `readSettings` has them
   */
  constructor(model, query, settings) {
    this.model = model;
    this.settings = settings;
    /** Whether other environments than the main Python's are shown. */
    this.all = settings.all || [...settings.levels, settings.columns].some((name) => name === "python" || name === "platform");
    const asked = chooseEnvironments(model, query, this.all);
    this.cells = query.selectCells(asked);
    // An environment in which other cells ran, such as a suite of one's own, would be an empty column.
    this.environments = asked.filter((one) => this.cells.some((cell) => model.outcomes[one][cell] >= 0));
    const shown = { cells: this.cells, environments: this.environments };
    this.columns = splitBy(model, settings.columns, shown);
    /** Whether a row can be a cell: its columns are environments, or groups of them. */
    this.hasCells = isOfEnvironments(model, settings.columns) && !settings.levels.some((name) => isOfEnvironments(model, name));
    this.groups = this.makeGroups(0, shown, [], []);
  }

  /** The groups of a level, each with its counts, and below it those of the next. */
  makeGroups(level, shown, path, terms) {
    const name = this.settings.levels[level];
    if (name === undefined) return [];
    const parts = splitBy(this.model, name, shown);
    const lines = this.countGroups(level, parts);
    return parts.map((part, place) => {
      const here = [...path, part.label];
      const group = { kind: "group", level, label: part.label, title: part.title, path: here.join("/"), cells: part.cells, line: lines[place] };
      group.terms = [...terms, part.term].filter(Boolean);
      group.below = this.makeGroups(level + 1, part, here, group.terms);
      return group;
    });
  }

  /** For each group the counts of its row. Those that stand beside each other are over the same cells if that can be. */
  countGroups(level, parts) {
    const { model, columns, settings } = this;
    const fixed = [...settings.levels.slice(0, level + 1), settings.columns];
    const rowsVary = isOfEnvironments(model, settings.levels[level]);
    const columnsVary = isOfEnvironments(model, settings.columns);
    const places = parts.map(({ cells, environments }) => {
      const measured = listCounted(model, cells, environments);
      return columns.map((column) => placeEnvironments(model, column.environments.filter((one) => measured.includes(one)), fixed));
    });
    if (rowsVary && columnsVary) {
      const line = countLine(model, parts[0]?.cells ?? [], places.flat());
      return parts.map((_, place) => cut(line, place * columns.length, columns.length));
    }
    if (columnsVary) return parts.map(({ cells }, place) => countLine(model, cells, places[place]));
    const cells = parts.map((part) => columns.map((column) => intersect(column.cells, part.cells)));
    if (rowsVary) return turn(columns.map((_, column) => countLine(model, cells[0][column], places.map((row) => row[column]))));
    return parts.map((_, row) => ({
      same: false,
      cells: 0,
      ...countEach(model, columns.map((__, column) => ({ cells: cells[row][column], place: places[row][column] }))),
    }));
  }

  /** The rows that are shown: groups, and what is in those that are open. */
  listRows() {
    const rows = [];
    const add = (groups) => {
      for (const group of groups) {
        group.foldable = group.below.length > 0 || this.hasCells;
        group.open = group.foldable && this.isOpen(group.path);
        rows.push(group);
        if (!group.open) continue;
        if (group.below.length) add(group.below);
        else this.addCells(rows, group.cells, group.level + 1);
      }
    };
    add(this.groups);
    if (!this.settings.levels.length) this.addCells(rows, this.cells, 0);
    return rows;
  }

  addCells(rows, cells, level) {
    for (const cell of cells) rows.push({ kind: "cell", level, cell });
  }

  /** Of several environments that a column has, the one in which a cell is worst; undefined where it wasn't measured. */
  pickEnvironment(cell, environments) {
    const { ranks } = this.model;
    let worst;
    for (const one of environments) {
      const rank = ranks[one][cell];
      if (rank !== UNMEASURED && (worst === undefined || isWorse(rank, ranks[worst][cell]))) worst = one;
    }
    return worst;
  }

  /** What stands in a cell's row and a column. */
  findOutcome(cell, column) {
    const environment = this.pickEnvironment(cell, this.columns[column].environments);
    if (environment === undefined) return { verdict: null, environment, mixed: false };
    return { verdict: this.model.verdict(cell, environment), environment, mixed: this.model.isMixed(cell, environment) };
  }

  isOpen(path) {
    const { open } = this.settings;
    return open.has("*") ? !open.has(`-${path}`) : open.has(path);
  }

  /** The setting `open` after a group has been folded or unfolded. */
  toggle(path) {
    const open = new Set(this.settings.open);
    const sign = open.has("*") ? `-${path}` : path;
    if (!open.delete(sign)) open.add(sign);
    return [...open].join(",");
  }
}

/**
 * The environments over which cells are counted: where some of them were measured, and of those that differ in further
 * packages alone the fullest. A cell that somebody ran again mustn't be all that a row counts.
 */
function listCounted(model, cells, environments) {
  const counts = new Map(environments.map((one) => [one, cells.filter((cell) => model.ranks[one][cell] !== UNMEASURED).length]));
  const isFuller = (other, one) => counts.get(other) > counts.get(one) && model.areTwins(one, other);
  return environments.filter((one) => counts.get(one) && !environments.some((other) => isFuller(other, one)));
}

/** Whether a rank is as bad as another or worse; one of what didn't run never is. */
function isWorse(rank, other) {
  return other > WORST || (rank <= WORST && rank >= other);
}

/** Those of some cells that are among others. */
function intersect(cells, others) {
  if (cells === others) return cells;
  const members = new Set(others);
  return cells.filter((cell) => members.has(cell));
}

/** The lines of columns as those of rows. */
function turn(lines) {
  const rows = lines[0]?.counts ?? [];
  return rows.map((_, row) => ({
    same: false,
    cells: 0,
    counts: lines.map(({ counts }) => counts[row]),
    totals: lines.map(({ totals }) => totals[row]),
  }));
}

/** Some numbers of a line. */
function cut(line, start, length) {
  return { ...line, counts: line.counts.slice(start, start + length), totals: line.totals.slice(start, start + length) };
}
