/** What stands in one place of the matrix: a verdict's square, or a bar of counts. */

import { STATUSES, WORST, rankOf } from "../model.js";

const COLOURS = STATUSES.map(({ kind }) => `var(--${kind})`);

/** The class of a verdict's square: one colour, or the test bodies' left and the cleanup's right. */
export function classOf(verdict) {
  const [kind, body, cleanup] = [verdict.status, verdict.body ?? "clean", verdict.cleanup ?? "clean"].map(
    (status) => STATUSES[rankOf(status)].kind,
  );
  return body === cleanup && body === kind ? kind : `split left-${body} right-${cleanup}`;
}

/** A bar of counts, the best first, as a background. */
export function makeBar(counts, total) {
  const stops = [];
  let from = 0;
  for (let rank = 0; rank <= WORST; rank += 1) {
    if (!counts[rank]) continue;
    const to = from + (100 * counts[rank]) / total;
    stops.push(`${COLOURS[rank]} ${from}% ${to}%`);
    from = to;
  }
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

/** Cells with an error in any run, as a share. 100 and 0 are kept for all and none. */
export function writeShare(counts, total) {
  const erring = counts[rankOf("reproduces")] + counts[rankOf("fails")];
  if (erring === 0 || erring === total) return erring ? "100" : "0";
  return String(Math.min(99, Math.max(1, Math.round((100 * erring) / total))));
}

/** `12 ✓ clean · 3 ✗ reproduces`. */
export function describeCounts(counts) {
  return STATUSES.slice(0, WORST + 1)
    .map(({ name, letter }, rank) => (counts[rank] ? `${counts[rank].toLocaleString("en")} ${letter} ${name}` : ""))
    .filter(Boolean)
    .join(" · ");
}
