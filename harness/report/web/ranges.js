/**
 * Ranges of releases in the words of `explain`: what wasn't run is never taken for what was. The same rules as those of
 * `harness/compare/release_ranges.py`.
 */

import { compareVersions } from "./text.js";

/**
 * `since 0.23.8 (or earlier, after 0.23.3)`
 * @param {string[]} known all releases that there are; none where that isn't known
 * @param {string[]} ran those that were run
 * @param {string} first the range's first release, one that was run
 * @param {string} last
 */
export function describeRange(known, ran, first, last) {
  const all = sortVersions([...known, ...ran]);
  const places = sortVersions(ran).map((one) => all.indexOf(one));
  const [start, end] = [all.indexOf(first), all.indexOf(last)];
  const before = places.findLast((place) => place < start) ?? -1;
  const behind = places.find((place) => place > end) ?? all.length;
  if (before < 0 && behind === all.length) return known.length && places.length === all.length ? "in every release" : "wherever it was run";
  return [
    before < 0 ? "" : `since ${first}${describeDoubt(start === before + 1, "earlier", "after", all[before])}`,
    behind === all.length ? "" : `until ${last}${describeDoubt(end === behind - 1, "later", "before", all[behind])}`,
  ].filter(Boolean).join(" ");
}

function describeDoubt(isExact, where, bound, version) {
  return isExact ? "" : ` (or ${where}, ${bound} ${version})`;
}

/** `19 of 46 releases run`; nothing where all were. */
export function describeRun(known, ran) {
  const all = sortVersions([...known, ...ran]);
  const there = new Set(ran).size;
  return there < all.length ? `${there} of ${all.length} releases run` : "";
}

function sortVersions(versions) {
  return [...new Set(versions)].sort(compareVersions);
}
