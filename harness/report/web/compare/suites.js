/** A suite of the user's own, test by test, in two environments. */

import { html, nothing } from "../vendor/lit-html.js";
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
  const tests = compareTests(suite, ...sides);
  const changed = tests.filter((test) => test.kind !== "same");
  const ran = tests.filter((test) => test.kind !== "not run");
  return html`<section class="own-suite" aria-label=${suite.name}><h2>Your suite <code>${suite.name}</code></h2>
    <dl class="headlines"><div><dt>before</dt><dd>${suite.headlines[before]}</dd></div><div><dt>after</dt><dd>${suite.headlines[after]}</dd></div></dl>
    <p>${count(ran.length, "test")} ran on both sides: ${changed.filter((one) => one.kind !== "not run").length} changed${
      tests.length > ran.length ? `; ${tests.length - ran.length} ran on one side only or on none` : ""}.</p>
    ${changed.length ? html`<div class="wide" tabindex="0" role="group" aria-label="Tests that changed"><table class="changes">
      <thead><tr><th scope="col">test</th><th scope="col">before</th><th scope="col">after</th></tr></thead>
      <tbody>${changed.slice(0, MOST).map(({ name, texts, kind }) => html`<tr class=${kind.replace(" ", "-")}><th scope="row"><code>${name}</code></th>${texts.map((text) => html`<td>${text}</td>`)}</tr>`)}</tbody>
    </table></div>${changed.length > MOST ? html`<p class="quiet">${count(changed.length - MOST, "more test")}.</p>` : nothing}` : html`<p>No test did otherwise.</p>`}
  </section>`;
}

/** What became of each test: "worse", "better", "other", "same", or "not run" where one side has nothing; worse first. */
function compareTests(suite, befores, afters) {
  const order = ["worse", "other", "better", "not run", "same"];
  return suite.tests
    .map((name, place) => ({
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
