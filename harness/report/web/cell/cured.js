/** Where the cures of a cell were measured. */

/**
 * The cures of a cell in an environment, or where none was measured there, in one that differs in further packages alone
 * and in which the cell does the same.
 * @param {any} model
 * @param {Record<number, Record<number, number[]>>} cures environment → cell → cells that are better there
 * @returns {{place: number, cures: number[]}} the environment in which they were measured
 */
export function findCures(model, cures, cell, environment) {
  const isAlike = (place) =>
    model.areTwins(place, environment) && model.verdict(cell, place)?.outcome === model.verdict(cell, environment)?.outcome;
  const places = [environment, ...model.environments.keys()].filter((place) => cures[place]?.[cell]?.length && isAlike(place));
  return places.length ? { place: places[0], cures: cures[places[0]][cell] } : { place: environment, cures: [] };
}
