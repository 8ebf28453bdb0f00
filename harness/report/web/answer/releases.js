/** The environments that stand for releases of pytest-asyncio: one for each, on the main Python. */

import { describeRange } from "../ranges.js";

/**
 * Their numbers, the oldest release first. Of several those count in which most of the cells were measured. Those in
 * which not even the simplest suite passes say nothing of habits.
 */
export function listReleases(model, cells) {
  const found = new Map();
  model.environments.forEach((one, number) => {
    const measured = cells.filter((cell) => model.verdict(cell, number)).length;
    if (!one.main || one.unusable || !measured) return;
    const name = one.dimensions["pytest-asyncio"];
    const known = found.get(name);
    if (!known || known.measured < measured) found.set(name, { measured, numbers: [number] });
    else if (known.measured === measured) known.numbers.push(number);
  });
  return [...found.values()].map(({ numbers }) => model.chooseStanding(numbers));
}

/** The release of an environment. */
export function nameRelease(model, environment) {
  return model.environments[environment].dimensions["pytest-asyncio"];
}

/** Some of them that stand beside each other, in the words of `explain`: `since 0.23.8 (or earlier, after 0.23.3)`. */
export function describeSpan(model, all, span) {
  const ran = all.map((one) => nameRelease(model, one));
  const [first, last] = [span[0], span.at(-1)].map((one) => nameRelease(model, one));
  return describeRange(model.listReleases("pytest-asyncio", all[0]), ran, first, last);
}
