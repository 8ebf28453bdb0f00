/** The first screen: which habits are safe, what advice does, what changed. */

import { html, nothing } from "../vendor/lit-html.js";
import { STATUSES } from "../model.js";
import { drawNames } from "../names.js";
import { addressOf } from "../state.js";
import { count } from "../text.js";
import { drawAdvice } from "../answer/advice.js";
import { drawHabits, listHabits } from "../answer/habits.js";
import { listReleases } from "../answer/releases.js";
import { drawLately, drawSteps } from "../answer/steps.js";

/** @param {any} model @param {any} state */
export function drawAnswer(model, state) {
  const habits = listHabits(model);
  const suites = model.data.suites.length;
  const cells = model.cells.length - suites;
  return html`<h1>${habits.length ? "Which habits are safe?" : suites && !cells ? "Your suites" : model.data.title}</h1>
    ${suites ? drawSuites(model) : nothing}
    ${habits.length ? html`
      <p class="intro">How an async test suite makes, shares and closes its Valkey client decides whether it meets
        <i>Event loop is closed</i> or <i>attached to a different loop</i>. Here each habit is a small suite that was really run
        on ${count(listReleases(model, habits.map((habit) => habit.cell)).length, "release")} of pytest-asyncio. Click anything to see its code, its errors and the nearest cure;
        paste an error of your own into the box above.</p>
      <ul class="key-letters" aria-label="What the letters mean">${STATUSES.filter((one) => KEY[one.name]).map(
        (one) => html`<li><span class="verdict ${one.kind}">${one.letter}</span> ${KEY[one.name]}</li>`,
      )}<li>${model.data.arrow}</li></ul>
      ${drawHabits(model, habits)}` : nothing}
    ${drawLately(model)}
    ${cells ? html`<p><a href="#/matrix">${cells === 1 ? "The cell" : `All ${count(cells, "cell")}`} in ${count(model.environments.length, "environment")}</a>
      – every combination of habits that was measured.</p>` : nothing}
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
  return html`<ul class="suites" aria-label="Your suites">${model.data.suites.map((suite) => html`<li class="card">
      <span>Your suite <a href=${addressOf("suite", suite.name)}><b>${suite.name}</b></a>
        <span class="quiet">${count(suite.tests.length, "test")} in ${count(Object.keys(suite.outcomes).length, "environment")}</span></span>
      <ul>${listHeadlines(model, suite).map(([headline, names]) => html`<li>${drawNames(model, headline)} <span class="quiet">${names.join(", ")}</span></li>`)}</ul></li>`)}</ul>`;
}

/** What became of it, each with the environments. */
function listHeadlines(model, suite) {
  const found = new Map();
  for (const [place, headline] of Object.entries(suite.headlines)) {
    found.set(headline, [...(found.get(headline) ?? []), model.environments[place].heading]);
  }
  return [...found];
}
