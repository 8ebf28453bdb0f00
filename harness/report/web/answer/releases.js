/** The environments that stand for releases of pytest-asyncio: one for each, on the main Python, with the newest client. */

/** Their numbers, the oldest release first. */
export function listReleases(model) {
  const found = new Map();
  model.environments.forEach((one, number) => {
    if (one.main) found.set(one.dimensions["pytest-asyncio"], number);
  });
  return [...found.values()];
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

/** Neighbours that are equal by `key`, together. */
export function groupNeighbours(items, key) {
  const groups = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last && key(last[0]) === key(item)) last.push(item);
    else groups.push([item]);
  }
  return groups;
}
