/** A suite of the user's own, test by test, in two environments. */

import { html, nothing } from "../vendor/lit-html.js";
import { addressOf } from "../state.js";
import { count } from "../text.js";

/** Tests that are listed before the others are asked for. */
const MOST = 100;

/**
 * @param {any} suite of the page's data
 * @param {number} before
 * @param {number} after
 */
export function drawSuiteChanges(suite, before, after) {
  const sides = [suite.outcomes[before], suite.outcomes[after]];
  if (!sides[0] || !sides[1]) return nothing;
  return html`<section class="own-suite" aria-label=${suite.name}><h2>Your suite <code>${suite.name}</code></h2>
    <dl class="headlines"><div><dt>before</dt><dd>${suite.headlines[before]}</dd></div>
      <div><dt>after</dt><dd>${suite.headlines[after]}</dd></div></dl>
    ${[before, after].some((side) => suite.unseen.includes(side)) ? drawUnseen(suite) : drawByTest(suite, sides)}
  </section>`;
}

function drawUnseen(suite) {
  return html`<p>Its tests can't be compared one by one: the evidence of a side is gone.
    <a href=${addressOf("suite", suite.name)}>How to have it again</a></p>`;
}

function drawByTest(suite, sides) {
  const tests = compareTests(suite, ...sides);
  const changed = tests.filter((test) => test.kind !== "same");
  const ran = tests.filter((test) => test.kind !== "not run");
  return html`<p>${count(ran.length, "test")} ran on both sides: ${changed.filter((one) => one.kind !== "not run").length} changed${
      tests.length > ran.length ? `; ${tests.length - ran.length} ran on one side only` : ""}.</p>
    ${changed.length ? drawTests(changed.slice(0, MOST)) : html`<p>No test did otherwise.</p>`}
    ${changed.length > MOST ? drawRest(changed.slice(MOST)) : nothing}`;
}

function drawTests(tests) {
  return html`<div class="wide" tabindex="0" role="group" aria-label="Tests that changed"><table class="changes">
    <thead><tr><th scope="col">test</th><th scope="col">before</th><th scope="col">after</th></tr></thead>
    <tbody>${tests.map(
      ({ name, texts, kind }) => html`<tr class=${kind.replace(" ", "-")}><th scope="row"><code>${name}</code></th>
        ${texts.map((text) => html`<td>${text}</td>`)}</tr>`,
    )}</tbody></table></div>`;
}

function drawRest(tests) {
  return html`<details><summary>${count(tests.length, "more test")}</summary>${drawTests(tests)}</details>`;
}

/** What became of each test: "worse", "better", "other", "same", or "not run" on one side; worse first. */
function compareTests(suite, befores, afters) {
  const order = ["worse", "other", "better", "not run", "same"];
  return suite.tests
    .map((name, place) => ({ name, place }))
    .filter(({ place }) => befores[place] >= 0 || afters[place] >= 0)
    .map(({ name, place }) => ({
      name,
      texts: [befores[place], afters[place]].map((text) => (text < 0 ? "not run" : suite.texts[text])),
      kind: judgeTest(suite, befores[place], afters[place]),
    }))
    .sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}

function judgeTest(suite, before, after) {
  if (before < 0 || after < 0) return "not run";
  if (before === after) return "same";
  const better = suite.ranks[after] - suite.ranks[before];
  return better > 0 ? "better" : better < 0 ? "worse" : "other";
}
