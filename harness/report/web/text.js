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
