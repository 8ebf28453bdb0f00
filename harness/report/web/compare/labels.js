/** Verdicts in a few words, and in more where those are the same. */

import { shorten } from "../text.js";

/** The status of what can't be written down. */
export const INEXPRESSIBLE = "not-applicable";

/** Each with its number, the most frequent first, then what came first. */
export function countMost(things) {
  const counts = new Map();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1]);
}

/** Samples of a cell in a few words: `clean`, or `loop-closed 4/5 · clean 1/5`. */
export function describeSamples(verdicts) {
  return joinLabels(
    verdicts.map((one) => (one.status === INEXPRESSIBLE && one.reason ? `${one.label}: ${one.reason}` : one.label)),
  );
}

function joinLabels(labels) {
  if (labels.length === 1) return labels[0];
  return countMost(labels)
    .map(([text, times]) => `${text} ${times}/${labels.length}`)
    .join(" · ");
}

/** Longer texts for the samples of both sides, where their labels are the same: the same as those of `compare`. */
export function tellApart(model, ...sides) {
  const verdicts = new Map(sides.flat().map((verdict) => [verdict.outcome, verdict]));
  const texts = new Map([...verdicts].map(([key, verdict]) => [key, verdict.label]));
  for (const detail of [describePattern, joinFindings, describeFindingsByTest]) {
    const times = new Map(countMost([...texts.values()]));
    for (const [key, text] of texts) {
      if (times.get(text) > 1) texts.set(key, `${text} ${detail(model, verdicts.get(key))}`.trim());
    }
  }
  return sides.map((side) => joinLabels(side.map((verdict) => texts.get(verdict.outcome))));
}

/** What a verdict stands for: beside an error, leaks and warnings don't count. */
export function selectCounting(model, verdict) {
  const wanted = model.data.counting[verdict.status] ?? [];
  return (verdict.findings ?? []).filter((one) => wanted.includes(model.signatures[one.signature]?.category ?? "error"));
}

function describePattern(_, verdict) {
  return verdict.pattern ?? "";
}

function joinFindings(model, verdict) {
  return describeFindings(model, verdict).join(", ");
}

/** Each with its channel and its place in the exception chain. */
export function describeFindings(model, verdict) {
  return [...new Set(selectCounting(model, verdict).map((one) => describeFinding(model, one)))];
}

/** `loop-closed in the body (surface)` */
function describeFinding(model, finding) {
  return `${model.nameSignature(finding.signature)} in the ${finding.channel} (${finding.role})`;
}

function describeFindingsByTest(model, verdict) {
  return listFindingsByTest(model, verdict)
    .map(([name, tests]) => shorten(`${name} in ${tests.join(" and ") || "no test"}`))
    .join(", ");
}

/** Each with the tests that it was met in and the channel, and each error without a name. */
export function listFindingsByTest(model, verdict) {
  const { tests } = model.data;
  return [
    ...selectCounting(model, verdict).map((one) => [model.nameSignature(one.signature), (one.tests ?? []).map((test) => tests[test]), one.channel]),
    ...(verdict.unnamed ?? []).map((one) => [one.type, one.test >= 0 ? [tests[one.test]] : [], one.channel]),
  ];
}
