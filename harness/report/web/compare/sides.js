/** The two sides of a comparison: which environments they are, and in what those differ. */

import { compareVersions, splitOnce } from "../text.js";

const RELEASE = "pytest-asyncio";

/**
 * The environments that an address names. Where it names none, they are the newest releases between which something
 * changed; where it names one, the other is that of the release before or after.
 * @param {import("../model.js").Model} model
 * @param {URLSearchParams} settings
 */
export function chooseSides(model, settings) {
  const [before, after] = ["before", "after"].map((name) => model.findEnvironment(settings.get(name)));
  if (before >= 0 && after >= 0) return { before, after };
  if (before >= 0) return { before, after: findNeighbour(model, before, 1) ?? before };
  const step = after < 0 && model.data.steps.findLast((one) => one.dimension === RELEASE && one.changes.length);
  if (step) return { before: step.before, after: step.after };
  const last = after >= 0 ? after : findNewest(model);
  return { before: findNeighbour(model, last, -1) ?? last, after: last };
}

/** Of the newest release on the main Python the environment with the most cells. */
function findNewest(model) {
  const numbers = [...model.environments.keys()];
  const last = numbers.filter((number) => model.environments[number].main).at(-1) ?? numbers.at(-1);
  const { dimensions } = model.environments[last];
  const alike = numbers.filter((number) => [RELEASE, "python"].every((name) => model.environments[number].dimensions[name] === dimensions[name]));
  const size = (number) => model.outcomes[number].reduce((sum, outcome) => sum + (outcome >= 0 ? 1 : 0), 0);
  return alike.reduce((best, number) => (size(number) >= size(best) ? number : best));
}

/**
 * The environment with the release before (-1) or after (1) that of this one, which is otherwise the most like it.
 * @returns {number | undefined}
 */
export function findNeighbour(model, number, step) {
  const { dimensions } = model.environments[number];
  const others = [...model.environments.keys()].filter((other) => {
    const { dimensions: theirs } = model.environments[other];
    const order = compareVersions(theirs[RELEASE], dimensions[RELEASE]) * step;
    return order > 0 && ["python", "platform"].every((name) => theirs[name] === dimensions[name]);
  });
  const rank = (other) => {
    const one = model.environments[other];
    const differing = Object.keys(dimensions).filter((name) => one.dimensions[name] !== dimensions[name]).length;
    return [differing, one.own === model.environments[number].own ? 0 : 1, one.id.split("/").length];
  };
  const nearest = (one, other) =>
    compareVersions(model.environments[one].dimensions[RELEASE], model.environments[other].dimensions[RELEASE]) * step ||
    rank(one).reduce((difference, value, place) => difference || value - rank(other)[place], 0);
  return others.sort(nearest)[0];
}

/** The dimensions in which two environments differ: name, before, after. */
export function listDifferences(model, before, after) {
  const [one, other] = [before, after].map((number) => model.environments[number].dimensions);
  return model.dimensions
    .map(({ name }) => [name, one[name] ?? "", other[name] ?? ""])
    .filter(([, value, theirs]) => value !== theirs);
}

/** Further packages that differ: `pluggy 1.5.0 → 1.6.0`. */
export function listPackages(model, before, after) {
  const [one, other] = [before, after].map(
    (number) => new Map((model.environments[number].freeze ?? []).map((line) => splitOnce(line, "=="))),
  );
  const clients = [before, after].map((number) => model.environments[number].dimensions.client?.split(" ")[0]);
  const named = new Set([RELEASE, "pytest", ...clients]);
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((name) => !named.has(name) && one.get(name) !== other.get(name))
    .sort()
    .map((name) => describePackage(name, one.get(name), other.get(name)));
}

function describePackage(name, before, after) {
  if (!before) return `${name} ${after ?? ""} added`;
  return after ? `${name} ${before} → ${after}` : `${name} ${before} gone`;
}
