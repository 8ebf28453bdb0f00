/** A verdict: body and cleanup, the course of the tests, and each thing that was found, with its cause. */

import { html, nothing } from "../vendor/lit-html.js";
import { drawNames, drawSignatureName } from "../names.js";
import { drawAddress, drawProse, drawStatus, describeStatus } from "../prose.js";
import { addressOf } from "../state.js";
import { CHANNELS, classOf, listChains, shortenTest } from "./findings.js";
import { describeSamples } from "../compare/labels.js";
import { hasRun, rankOf } from "../model.js";

const LETTERS = {
  ".": "passed",
  F: "failed",
  E: "error in setup or teardown",
  x: "failed, as expected",
  X: "passed, against expectation",
  s: "skipped",
  "?": "never ended",
};

/** The verdicts of a cell's runs in an environment. `tests` are the suite's, as far as they are known. */
export function drawVerdict(model, cell, environment, tests) {
  const numbers = model.samples(cell, environment);
  if (!numbers.length) return html`<p class="headline">Not measured in this environment.</p>`;
  const verdicts = numbers.map((number) => model.verdicts[number]);
  const different = [...new Set(verdicts)];
  const unstable = model.data.unstable[cell];
  return html`<p class="headline">${drawStatus(verdicts[0].status)} <strong>${drawNames(model, describeSamples(verdicts))}</strong></p>
    ${drawExplanation(model, verdicts)}
    ${unstable ? html`<p><strong>Unstable:</strong> ${drawProse(unstable)}</p>` : nothing}
    ${different.map((verdict) => drawOne(model, environment, verdict, tests, different.length > 1))}`;
}

/** What the headline means; errors are explained below, each by itself. */
function drawExplanation(model, verdicts) {
  const isError = rankOf(verdicts[0].status) >= rankOf("reproduces") && hasRun(verdicts[0].status);
  if (!isError) return html`<p>${model.data.statuses[verdicts[0].status]}</p>`;
  return verdicts.some(({ label }) => label.includes("←")) ? html`<p class="quiet">${model.data.arrow}</p>` : nothing;
}

function drawOne(model, environment, verdict, tests, several) {
  const chains = listChains(model, verdict);
  return html`${several ? html`<h3>${drawStatus(verdict.status)} ${drawNames(model, verdict.label)}</h3>` : nothing}
    ${verdict.reason && verdict.status !== "not-applicable" ? html`<p>${drawProse(verdict.reason)}</p>` : nothing}
    ${hasRun(verdict.status) ? drawCourse(verdict, tests) : nothing}
    ${verdict.ending ? html`<p>pytest ${verdict.ending}</p>` : nothing}
    ${(verdict.unnamed ?? []).map((one) => drawUnnamed(model, one))}
    ${chains.map((chain, place) => drawChain(model, chain, place))}
    ${(verdict.notes ?? []).map((note) => html`<p class="quiet">${drawProse(note)}</p>`)}`;
}

/** Body and cleanup beside each other, and a letter for each test. */
function drawCourse(verdict, tests) {
  const letters = [...(verdict.pattern ?? "")];
  const named = tests.length === letters.length ? tests : [];
  return html`<div class="course">
    <dl>
      <div><dt>test body</dt><dd>${drawStatus(verdict.body ?? "clean", "shown beside")} ${describeStatus(verdict.body ?? "clean")}</dd></div>
      <div><dt>cleanup</dt><dd>${drawStatus(verdict.cleanup ?? "clean", "shown beside")} ${describeStatus(verdict.cleanup ?? "clean")}</dd></div>
    </dl>
    ${letters.length ? html`<ol class="tests" aria-label="The tests in order">${letters.map(
      (letter, place) => drawLetter(letter, named[place] ?? `test ${place + 1}`),
    )}</ol>` : nothing}
  </div>`;
}

function drawLetter(letter, test) {
  return html`<li title=${test}><span class="letter ${classOf(letter)}">${letter}</span>
    <span class="name">${shortenTest(test)}</span><span class="hidden">: ${LETTERS[letter] ?? letter}</span></li>`;
}

function drawUnnamed(model, { channel, type, text, test }) {
  return html`<article class="finding fails-edge">
    <h3><span class="name">${type || "an error without a type"}</span>
      ${drawWhere(model, channel, test >= 0 ? [test] : [])}</h3>
    <p>No signature names this error.</p>
    <pre tabindex="0">${text}</pre>
  </article>`;
}

function drawWhere(model, channel, tests) {
  const label = CHANNELS.find((one) => one.name === channel)?.label ?? channel;
  return html`<span class="where">${label}${tests.length ? html` of ${drawTests(model, tests)}` : nothing}</span>`;
}

function drawChain(model, chain, place) {
  const { channel, category, surface, root, tests } = chain;
  const both = [surface, root].filter(Boolean);
  return html`<article class="finding ${category}">
    <h3>${drawSignature(model, surface.signature)}
      ${root ? html`<span class="hides" title=${model.data.arrow}>←</span> ${drawSignature(model, root.signature)}` : nothing}
      ${drawWhere(model, channel, tests)}</h3>
    ${both.map((one) => (one.text >= 0 ? html`<pre tabindex="0">${model.data.texts[one.text]}</pre>` : nothing))}
    <details ?open=${place === 0}><summary>${root ? "What causes what went wrong first" : "What causes it"}</summary>
      ${drawSignatureText(model, (root ?? surface).signature)}</details>
  </article>`;
}

function drawSignature(model, number) {
  const name = model.nameSignature(number);
  if (number < 0) return html`<span class="name">${name}</span>`;
  return html`<a class="name" href=${addressOf("matrix", "", { find: `signature:${name}` })}>${drawSignatureName(model, number)}</a>`;
}

/** Cause, advice and reference of a signature. */
export function drawSignatureText(model, number) {
  const signature = model.signatures[number];
  if (!signature) return html`<p>These results have a signature that this program doesn't know.</p>`;
  return html`<p>${drawProse(signature.cause)}</p><p><strong>Advice:</strong> ${drawProse(signature.advice)}</p>
    <p class="quiet">${drawAddress(signature.reference, "Reference")}</p>`;
}

function drawTests(model, tests) {
  const names = tests.map((test) => model.data.tests[test]);
  return html`<span title=${names.join("\n")}>${names.map(shortenTest).join(", ")}</span>`;
}
