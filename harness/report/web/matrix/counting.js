/**
 * Counts of verdicts that may stand beside each other: over the same cells, in environments that differ in nothing but
 * what the columns or rows name.
 */

import { WORST } from "../model.js";

/**
 * Counts for a line of the matrix.
 * @param {any} model
 * @param {number[]} cells
 * @param {Map<string, number>[]} places for each number of the line its environments by what else distinguishes them
 * @returns {{same: boolean, cells: number, counts: Uint32Array[], totals: number[]}} `same`: all are over the same
 *   `cells`. Otherwise there are none that ran everywhere, and each is over its own.
 */
export function countLine(model, cells, places) {
  const filled = places.filter((place) => place.size);
  const common = filled.length ? [...filled[0].keys()].filter((key) => filled.every((place) => place.has(key))) : [];
  const counts = places.map(() => new Uint32Array(WORST + 1));
  const counted = new Set();
  let total = 0;
  for (const key of common) {
    const columns = places.map((place) => (place.size ? model.ranks[place.get(key)] : null));
    for (const cell of cells) {
      if (!columns.every((column) => column === null || column[cell] <= WORST)) continue;
      total += 1;
      counted.add(cell);
      columns.forEach((column, place) => column && (counts[place][column[cell]] += 1));
    }
  }
  if (total) return { same: true, cells: counted.size, counts, totals: places.map((place) => (place.size ? total : 0)) };
  return { same: false, cells: 0, ...countEach(model, places.map((place) => ({ cells, place }))) };
}

/**
 * Counts each over its own outcomes.
 * @param {{cells: number[], place: Map<string, number>}[]} parts
 */
export function countEach(model, parts) {
  const counts = parts.map(({ cells, place }) => {
    const found = new Uint32Array(WORST + 1);
    for (const environment of place.values()) {
      const ranks = model.ranks[environment];
      for (const cell of cells) if (ranks[cell] <= WORST) found[ranks[cell]] += 1;
    }
    return found;
  });
  return { counts, totals: counts.map((found) => found.reduce((sum, one) => sum + one, 0)) };
}
