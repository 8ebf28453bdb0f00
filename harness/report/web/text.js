/** Small things about texts. */

/** The parts of a text before and after the first separator. */
export function splitOnce(text, separator) {
  const place = text.indexOf(separator);
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + separator.length)];
}

/** `1 cell`, `2 cells`, `131,410 cells`. */
export function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

/** The text, cut with an ellipsis where it is longer. */
export function shorten(text, longest = 200) {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** Sorts `0.9` before `0.21.2` before `1.0.0a1` before `1.0.0`. */
export function compareVersions(one, other) {
  const [parts, others] = [one, other].map((text) => text.toLowerCase().match(/\d+|[a-z]+/g) ?? []);
  for (let place = 0; place < Math.max(parts.length, others.length); place += 1) {
    const [part, another] = [parts[place], others[place]].map(rankPart);
    const difference = part[0] - another[0] || part[1] - another[1] || part[2].localeCompare(another[2]);
    if (difference) return difference;
  }
  return one.localeCompare(other);
}

/** A number comes after the end, and the end after letters: those are of what precedes a release. */
function rankPart(part) {
  if (part === undefined) return [0, 0, ""];
  return /\d/.test(part) ? [1, Number(part), ""] : [-1, 0, part];
}
