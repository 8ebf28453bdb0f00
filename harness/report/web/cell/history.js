/** What became of a cell along what environments differ in: the places where its outcome changes, and nothing else. */

import { describeRange, describeRun } from "../ranges.js";
import { compareVersions } from "../text.js";
import { describeSamples, selectCounting } from "../compare/labels.js";
import { hasRun } from "../model.js";

/** Dimensions along which the others can't all be held: the packages are those of the day of each release. */
const FOLLOWING = { "pytest-asyncio": ["pytest", "client"], python: ["pytest", "client"], platform: ["pytest", "client"], client: ["pytest"] };

const ORDER = ["pytest-asyncio", "python", "client", "pytest"];

/**
 * The cell's history along each dimension in which there is something to compare the environment with.
 * @param {import("../model.js").Model} model
 * @param {number} cell
 * @param {number} environment
 * @returns {{dimension: string, where: [string, string][], ranges: object[], drifts: [string, string][]}[]}
 */
export function listHistories(model, cell, environment) {
  const here = model.environments[environment];
  const main = model.environments.find((one) => one.main) ?? here;
  const names = model.dimensions.map(({ name }) => name);
  const ordered = [...ORDER.filter((name) => names.includes(name)), ...names.filter((name) => !ORDER.includes(name))];
  const lines = ordered.map((dimension) => makeHistory(model, cell, environment, dimension, here.dimensions));
  if (here.dimensions.python !== main.dimensions.python) {
    const reference = { ...here.dimensions, python: main.dimensions.python };
    lines.unshift(makeHistory(model, cell, environment, "pytest-asyncio", reference));
  }
  return lines.filter((line) => line.points > 1);
}

function makeHistory(model, cell, environment, dimension, reference) {
  const chosen = chooseEnvironments(model, cell, environment, dimension, reference);
  const points = chosen.map((number) => makePoint(model, cell, number, dimension));
  return {
    dimension,
    where: listHeld(model, dimension).map((name) => [name, reference[name]]),
    points: points.length,
    ranges: joinPoints(model, points, environment, dimension),
    run: describeRun(listKnown(model, points, dimension), points.map(({ value }) => value)),
    drifts: (FOLLOWING[dimension] ?? [])
      .map((name) => [name, [...new Set(chosen.map((number) => model.environments[number].dimensions[name]))]])
      .filter(([, values]) => values.length > 1)
      .map(([name, values]) => [name, values.sort(compareVersions)]),
  };
}

/** Dimensions that are the same all along, as far as environments differ in them at all. */
function listHeld(model, dimension) {
  const following = FOLLOWING[dimension] ?? [];
  return model.dimensions
    .filter(({ name, values }) => name !== dimension && !following.includes(name) && values.length > 1)
    .map(({ name }) => name);
}

/**
 * One measured environment for each value of the dimension: the one that is most like the reference otherwise, of those
 * in which the simplest suite passes, if it does in any.
 */
function chooseEnvironments(model, cell, environment, dimension, reference) {
  const held = model.dimensions.map(({ name }) => name).filter((name) => name !== dimension);
  const following = FOLLOWING[dimension] ?? [];
  const strict = held.filter((name) => !following.includes(name));
  const best = new Map();
  model.environments.forEach(({ id, dimensions, unusable }, number) => {
    if (model.outcomes[number][cell] < 0 || strict.some((name) => dimensions[name] !== reference[name])) return;
    const differing = following.filter((name) => dimensions[name] !== reference[name]).length;
    // Fewer parts of an id: nothing but the release was asked for.
    const rank = [number === environment ? 0 : 1, unusable ? 1 : 0, differing, id.split("/").length, -number];
    const value = dimensions[dimension];
    if (!best.has(value) || isBefore(rank, best.get(value).rank)) best.set(value, { number, rank });
  });
  return [...best.entries()].sort(([one], [other]) => compareVersions(one, other)).map(([, { number }]) => number);
}

function isBefore(rank, other) {
  const place = rank.findIndex((value, number) => value !== other[number]);
  return place >= 0 && rank[place] < other[place];
}

function makePoint(model, cell, environment, dimension) {
  const verdicts = model.samples(cell, environment).map((number) => model.verdicts[number]);
  const [{ status }] = verdicts;
  return {
    environment,
    value: model.environments[environment].dimensions[dimension],
    key: hasRun(status) ? [...new Set(verdicts.map((one) => one.outcome))].sort().join() : `${status} ${verdicts[0].reason ?? ""}`,
    label: describeSamples(verdicts),
    status,
    verdict: verdicts[0],
  };
}

/** All releases that could have been run; of a dimension without releases, those that were. */
function listKnown(model, points, dimension) {
  return [...new Set(points.flatMap((point) => model.listReleases(dimension, point.environment)))];
}

/** Neighbours of one outcome as a range. */
function joinPoints(model, points, environment, dimension) {
  const known = listKnown(model, points, dimension);
  const ran = points.map(({ value }) => value);
  const ranges = [];
  for (const point of points) {
    const last = ranges.at(-1);
    if (last?.key === point.key) last.points.push(point);
    else ranges.push({ ...point, points: [point] });
  }
  const here = ranges.findIndex((range) => range.points.some((point) => point.environment === environment));
  return ranges.map((range, place) => ({
    status: range.status,
    label: range.label,
    detail: ranges.some((other) => other.label === range.label && other.key !== range.key)
      ? describeDetail(model, range.verdict, ranges.slice(0, place).findLast((other) => other.label === range.label)?.verdict)
      : "",
    first: range.points[0].value,
    last: range.points.at(-1).value,
    span: describeRange(known, ran, range.points[0].value, range.points.at(-1).value),
    current: place === here,
    // The nearest of the range, as seen from here: there it changes.
    environment: place === here ? environment : range.points.at(place < here ? -1 : 0).environment,
  }));
}

/** What tells an outcome from others with the same label: the course of its tests, or else what was met besides. */
function describeDetail(model, verdict, previous) {
  if (!previous || previous.pattern !== verdict.pattern) return verdict.pattern ? `\`${verdict.pattern}\`` : "";
  const [before, now] = [previous, verdict].map((one) => new Set(selectCounting(model, one).map((each) => describeMet(model, each))));
  const gone = [...before].filter((each) => !now.has(each));
  const come = [...now].filter((each) => !before.has(each));
  if (!gone.length && !come.length) return "in other tests";
  return [...come.map((each) => `also ${each}`), ...gone.map((each) => `not ${each}`)].join(", ");
}

const ROLES = { surface: " as the error that is reported", root: " behind another error" };

function describeMet(model, { signature, channel, role }) {
  return `${model.nameSignature(signature)} in the ${channel}${ROLES[role] ?? ""}`;
}
