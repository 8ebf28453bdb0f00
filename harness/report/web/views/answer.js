/** The first screen: which habits are safe, what advice does, what changed. */

import { html, nothing } from "../vendor/lit-html.js";
import { STATUSES } from "../model.js";
import { addressOf } from "../state.js";
import { count } from "../text.js";
import { drawAdvice } from "../answer/advice.js";
import { drawHabits, listHabits } from "../answer/habits.js";
import { drawLately, drawSteps } from "../answer/steps.js";

const EXPLAINED = ["clean", "warns", "leaks", "reproduces", "fails", "not-applicable"];

/** @param {any} model @param {any} state */
export function drawAnswer(model, state) {
  const habits = listHabits(model);
  return html`${drawSuites(model)}
    ${habits.length ? html`<h1>Which habits are safe?</h1>
      <p class="intro">How an async test suite makes, shares and closes its Valkey client decides whether it meets
        <i>Event loop is closed</i> or <i>attached to a different loop</i>. Here each habit is a small suite that was really run,
        on every release of pytest-asyncio. Click anything to see its code, its errors and the nearest cure.</p>
      <ul class="key-letters" aria-label="What the letters mean">${STATUSES.filter((one) => EXPLAINED.includes(one.name)).map(
        (one) => html`<li><span class="verdict ${one.kind}">${one.letter}</span> ${KEY[one.name]}</li>`,
      )}</ul>
      ${drawHabits(model, habits)}` : html`<h1>${model.data.title}</h1>`}
    ${drawLately(model)}
    <p><a href="#/matrix">All ${count(model.cells.length, "cell")} in ${count(model.environments.length, "environment")}</a>
      – every combination of habits that was measured.</p>
    ${drawAdvice(model)}
    ${drawSteps(model, state)}`;
}

const KEY = {
  clean: "passes, nothing left",
  warns: "passes, warned that it will break",
  leaks: "passes, leaves something open",
  reproduces: "meets a known loop error",
  fails: "fails of something else",
  "not-applicable": "can't be written on that release",
};

/** The user's own suites come first: they are what the user came for. */
function drawSuites(model) {
  if (!model.data.suites.length) return nothing;
  return html`<section aria-labelledby="own"><h2 id="own">Your suites</h2>
    <ul class="suites">${model.data.suites.map((suite) => html`<li class="card"><a href=${addressOf("suite", suite.name)}>${suite.name}</a>
      <span class="quiet">${count(suite.tests.length, "test")} in ${count(Object.keys(suite.outcomes).length, "environment")}</span>
      <span>${[...new Set(Object.values(suite.headlines))].slice(0, 2).join(" · ")}</span></li>`)}</ul></section>`;
}
