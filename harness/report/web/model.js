/** What the views ask of the data: cells with their values, environments, verdicts, histories. */

import { compareVersions, splitOnce } from "./text.js";

/** Statuses, the best first, each with the letter and the class that stand for it, and with its words in a sentence. */
export const STATUSES = [
  { name: "clean", letter: "✓", kind: "clean", words: "clean" },
  { name: "warns", letter: "w", kind: "warns", words: "a warning" },
  { name: "leaks", letter: "l", kind: "leaks", words: "something left open" },
  { name: "reproduces", letter: "✗", kind: "reproduces", words: "a known error" },
  { name: "fails", letter: "?", kind: "fails", words: "an error without a name" },
  { name: "not-applicable", letter: "–", kind: "none", words: "can't be written" },
  { name: "infrastructure", letter: "i", kind: "none", words: "not measured" },
  { name: "unresolvable", letter: "u", kind: "none", words: "can't be installed" },
];

const RANKS = new Map(STATUSES.map((status, rank) => [status.name, rank]));

/** In `Model.ranks`: the cell wasn't run there. */
export const UNMEASURED = 255;
/** In `Model.ranks`: the highest of a suite that ran. */
export const WORST = 4;

/** Environments that agree in these are one and the same place of measurement, whatever else was installed there. */
export const PLACE = ["pytest-asyncio", "python", "platform"];

/** How bad a status is, 0 for clean. */
export function rankOf(status) {
  return RANKS.get(status) ?? STATUSES.length;
}

/** Whether a suite with this status ran and was measured. */
export function hasRun(status) {
  return rankOf(status) <= WORST;
}

export class Model {
  /** @param {any} data the block "data" */
  constructor(data) {
    this.data = data;
    this.axes = data.axes;
    this.cells = data.cells;
    this.environments = data.environments;
    this.verdicts = data.verdicts;
    this.signatures = data.signatures;
    /** environment → cell → the number of its verdict, or -1 where it wasn't measured */
    this.outcomes = data.outcomes.map((column) => Int32Array.from(column));
    this.axisNumber = new Map(data.axes.map((axis, number) => [axis.name, number]));
    this.cellNumber = new Map(data.cells.map((cell, number) => [cell, number]));
    this.environmentKeys = chooseKeys(data.environments);
    this.signatureNumber = new Map(data.signatures.map((one, number) => [one.name, number]));
    const ranks = Uint8Array.from(data.verdicts, ({ status }) => rankOf(status));
    /** environment → cell → how bad its status is, as `rankOf` has it, or `UNMEASURED` */
    this.ranks = this.outcomes.map((column) => Uint8Array.from(column, (number) => (number < 0 ? UNMEASURED : ranks[number])));
    this.dimensions = listDimensions(data.environments);
    /** The newest release's environment, for which suites are written. */
    this.newest = this.findNewest();
    /** For each cell the number of its value on each axis; null for what is no cell of the catalogue. */
    this.values = data.cells.map((id) => this.readValues(id));
  }

  /** The numbers of a cell's values, in the order of the axes; null where the id is of no cell. */
  readValues(id) {
    const [core, rest = ""] = splitOnce(id, "@");
    const parts = core.split("/");
    const coreAxes = this.axes.filter((axis) => axis.core);
    if (parts.length !== coreAxes.length) return null;
    const named = new Map(coreAxes.map((axis, place) => [axis.name, parts[place]]));
    for (const pair of rest.split(",").filter(Boolean)) {
      const [axis, value] = splitOnce(pair, "=");
      if (named.has(axis) || !this.axisNumber.has(axis)) return null; // of a catalogue with other axes
      named.set(axis, value);
    }
    const numbers = this.axes.map((axis) => {
      const name = named.get(axis.name) ?? axis.default;
      return axis.values.findIndex((value) => value.name === name);
    });
    return numbers.includes(-1) ? null : numbers;
  }

  /** The name of a cell's value on an axis. */
  valueOf(cell, axis) {
    const numbers = this.values[cell];
    return numbers ? this.axes[axis].values[numbers[axis]].name : "";
  }

  /** Axes with the cell's values, by name; none for what is no cell of the catalogue. */
  listValues(cell) {
    const numbers = this.values[cell];
    return numbers ? this.axes.map((axis, place) => [axis.name, axis.values[numbers[place]].name]) : [];
  }

  /** The numbers of the verdicts of a cell's runs in an environment, none where it wasn't run there. */
  samples(cell, environment) {
    const several = this.data.samples[environment]?.[cell];
    if (several) return several;
    const number = this.outcomes[environment][cell];
    return number < 0 ? [] : [number];
  }

  /** All releases that an environment's Python can have of what a dimension names; none where they aren't known. */
  listReleases(dimension, environment) {
    const { python, client } = this.environments[environment].dimensions;
    const [name] = client.split(" ");
    const found = this.data.releases[dimension === "client" ? name : dimension]?.[python] ?? [];
    return dimension === "client" ? found.map((version) => `${name} ${version}`) : found;
  }

  /** What names an environment in an address. */
  environmentKey(number) {
    return this.environmentKeys[number];
  }

  /** Whether no other environment has this one's release on its Python and platform. */
  isOnlyOfRelease(number) {
    return this.listAlike(number).length === 1;
  }

  /** The number of the environment that an address names, or -1; of several with one id the last. */
  findEnvironment(text) {
    const known = this.environmentKeys.indexOf(text);
    if (known >= 0) return known;
    if (/^\d+$/.test(text ?? "") && this.environments[text]) return Number(text);
    return this.environments.findLastIndex(({ id }) => id === text);
  }

  /**
   * The environment that stands for its release among some, all of one release: one with the client that most people of
   * this project have, then one of which nothing but the release was asked for, then the last.
   */
  chooseStanding(environments) {
    const rank = (number) => {
      const { id, dimensions } = this.environments[number];
      return [dimensions.client.startsWith(`${this.data.client} `) ? 0 : 1, id.split("/").length];
    };
    return environments.reduce((best, number) => {
      const [[client, parts], [otherClient, otherParts]] = [best, number].map(rank);
      return client < otherClient || (client === otherClient && parts < otherParts) ? best : number;
    });
  }

  findNewest() {
    const last = this.environments.findLastIndex(({ main }) => main);
    return last < 0 ? last : this.chooseStanding(this.listAlike(last));
  }

  /** The environments of the same release, Python and platform. */
  listAlike(environment) {
    const isAlike = ({ dimensions }) => PLACE.every((name) => dimensions[name] === this.environments[environment].dimensions[name]);
    return [...this.environments.keys()].filter((number) => isAlike(this.environments[number]));
  }

  /** The name of a signature that a finding refers to. */
  nameSignature(number) {
    return this.signatures[number]?.name ?? "a signature that this program doesn't know";
  }

  /** Whether two environments differ in further packages alone, if in anything. */
  areTwins(one, other) {
    const [here, there] = [one, other].map((number) => this.environments[number].dimensions);
    return Object.keys(here).every((name) => here[name] === there[name]);
  }

  /** The verdict of a cell in an environment, or null where it wasn't measured. */
  verdict(cell, environment) {
    const number = this.outcomes[environment][cell];
    return number < 0 ? null : this.verdicts[number];
  }
  /** Whether repeated runs of a cell came to different outcomes. */
  isMixed(cell, environment) {
    const samples = this.data.samples[environment]?.[cell];
    return samples !== undefined && new Set(samples.map((number) => this.verdicts[number].outcome)).size > 1;
  }
}

/** What environments differ in: each dimension with its values, in the order of versions. */
function listDimensions(environments) {
  const names = [...new Set(environments.flatMap(({ dimensions }) => Object.keys(dimensions)))];
  return names.map((name) => {
    const values = [...new Set(environments.map(({ dimensions }) => dimensions[name] ?? ""))];
    return { name, values: values.sort(compareVersions) };
  });
}

/** Names for addresses: an environment's id, which any report has; its heading where another one has the same id. */
function chooseKeys(environments) {
  const ids = new Map();
  for (const { id } of environments) ids.set(id, (ids.get(id) ?? 0) + 1);
  return environments.map(({ id, heading }) => (ids.get(id) === 1 ? id : heading));
}
