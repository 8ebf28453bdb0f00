/** Names that are near to one that isn't known. */

const NEAR = 0.55;

/**
 * What to do about a name that isn't in a list.
 * @param {string} name
 * @param {string[]} known
 */
export function suggestNames(name, known) {
  const near = known
    .map((each) => [compare(name, each), each])
    .filter(([ratio]) => ratio >= NEAR)
    .sort(([one], [other]) => other - one)
    .slice(0, 3);
  if (near.length) return `Did you mean ${near.map(([, each]) => `'${each}'`).join(" or ")}?`;
  return known.length ? `Known: ${known.join(", ")}.` : "";
}

/** How much of two texts is equal, letter for letter in order: 1 for equal ones, 0 where nothing is. */
function compare(one, other) {
  let before = new Array(other.length + 1).fill(0);
  for (const letter of one) {
    const now = [0];
    for (let place = 0; place < other.length; place += 1) {
      now.push(letter === other[place] ? before[place] + 1 : Math.max(before[place + 1], now[place]));
    }
    before = now;
  }
  return (2 * before[other.length]) / (one.length + other.length || 1);
}
