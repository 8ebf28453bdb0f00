/** The environments that stand for releases of pytest-asyncio: one for each, on the main Python. */

/**
 * Their numbers, the oldest release first. Of several the one counts in which most of the cells were measured, then the
 * last, which has the newest client.
 */
export function listReleases(model, cells) {
  const found = new Map();
  model.environments.forEach((one, number) => {
    const measured = cells.filter((cell) => model.verdict(cell, number)).length;
    const name = one.dimensions["pytest-asyncio"];
    if (one.main && measured && measured >= (found.get(name)?.measured ?? 0)) found.set(name, { number, measured });
  });
  return [...found.values()].map(({ number }) => number);
}

/** The release of an environment. */
export function nameRelease(model, environment) {
  return model.environments[environment].dimensions["pytest-asyncio"];
}

/** `0.17.2 – 0.21.2`, or just the one. */
export function nameSpan(model, environments) {
  const names = [environments[0], environments.at(-1)].map((one) => nameRelease(model, one));
  return names[0] === names[1] ? names[0] : `${names[0]} – ${names[1]}`;
}
