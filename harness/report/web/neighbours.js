/** What is the same in neighbouring columns. */

/** The first and the last heading of neighbouring environments. */
export function nameEnvironments(model, environments) {
  const names = [...new Set([environments[0], environments.at(-1)].map((one) => model.environments[one].heading))];
  return names.join(" – ");
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
