/** A suite of the user's own: tests × environments, what was seen, and the cures that were proven. */

import { html, nothing } from "../vendor/lit-html.js";
import { groupNeighbours, nameEnvironments } from "../neighbours.js";
import { peekBlock } from "../blocks.js";
import { drawCommand, quoteWord } from "../cell/commands.js";
import { drawRun } from "../cell/evidence.js";
import { drawVerdict } from "../cell/verdict.js";
import { drawNames } from "../names.js";
import { drawProse, drawStatus } from "../prose.js";
import { addressOf, addressWith, go } from "../state.js";
import { drawPatch } from "../suite/patch.js";
import { drawTests } from "../suite/tests.js";
import { count } from "../text.js";
import { drawMissing } from "./missing.js";

/** Whether the page has any. */
export function hasSuites(model) {
  return model.data.suites.length > 0;
}

/** Whether the page is about a suite and nothing else: then that is what it opens with. */
export function isOneSuite(model) {
  return model.data.suites.length === 1 && model.cells.length === 1;
}

/** @param {any} model @param {any} state the suite's name is its subject; without one it is the first */
export function drawSuiteView(model, state) {
  const { suites } = model.data;
  const suite = state.subject ? suites.find((one) => one.name === state.subject) : suites[0];
  if (!suite) return drawMissing(`suite “${state.subject}”`, "Run it with matrix --suite, and make the report again.");
  const places = Object.keys(suite.outcomes).map(Number);
  const asked = model.findEnvironment(state.settings.get("environment"));
  const place = places.includes(asked) ? asked : (places.filter((one) => model.environments[one].main).at(-1) ?? places.at(-1));
  return html`${suites.length > 1 ? html`<nav class="chips noprint" aria-label="Suites">${suites.map(
      (one) => html`<a class="chip" href=${addressOf("suite", one.name)} aria-current=${one === suite}>${one.name}</a>`,
    )}</nav>` : nothing}
    <h1>Your suite ${suite.name}</h1>
    <ul class="headlines">${groupNeighbours(places, (one) => describeOutcome(model, suite, one)).map((group) => drawHeadline(model, suite, group))}</ul>
    <section aria-labelledby="tests"><h2 id="tests">Test by test</h2>${drawTestByTest(model, state, suite, places)}</section>
    ${drawCures(model, suite)}
    ${drawSeen(model, suite, places, place)}
    <section aria-labelledby="go-on"><h2 id="go-on">Go on</h2><p class="quiet">${describeWords(suite)}</p><dl class="commands">${COMMANDS.filter(([name]) => model.data.commands[name]).map(
      ([name, what]) => html`<div><dt>${what}</dt><dd>${drawCommand(makeCommand(model, name, suite, place), what)}</dd></div>`,
    )}</dl></section>`;
}

const COMMANDS = [
  ["diagnose", "Find the lines of your tests that lead to it, and watch it happen"],
  ["cureSuite", "Try cures on copies of your tests and prove them"],
  ["matrixSuite", "Run it on other versions"],
];

/** What stands for a suite of which the results don't know where it is. */
const UNKNOWN = "DIR";

/** A suite is named as it was when it ran; its words are quoted already. */
function makeCommand(model, name, suite, ...places) {
  const list = (dimension) => quoteWord([...new Set(places.map((one) => model.environments[one].dimensions[dimension]))].join());
  const values = { plugin: list("pytest-asyncio"), python: list("python"), suite: suite.words || UNKNOWN };
  return model.data.commands[name].replaceAll(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

function describeWords({ words }) {
  return words ? "In the folder in which the suite was run:" : html`<code>${UNKNOWN}</code> stands for the suite's folder: these results don't know where it is.`;
}

/** The tests, and of which environments they aren't known any more. */
function drawTestByTest(model, state, suite, places) {
  const seen = places.filter((place) => !suite.unseen.includes(place));
  return html`${seen.length ? drawTests(model, state, suite, seen) : nothing}${suite.unseen.length ? drawUnseen(model, suite) : nothing}`;
}

function drawUnseen(model, suite) {
  return html`<div class="card unseen"><p><strong>The evidence is gone</strong> of the ${suite.unseen.length === 1 ? "run" : "runs"} on
      ${nameAll(model, suite.unseen)}: it was in the folder <code>evidence</code> beside the results. So what became of each test
      there isn't known; what the results still say is under “What was seen”. To have it again:</p>
    ${drawCommand(makeCommand(model, "againSuite", suite, ...suite.unseen), "Run it again to have its evidence")}</div>`;
}

function nameAll(model, places) {
  return places.length > 4 ? count(places.length, "environment") : places.map((place) => model.environments[place].heading).join(", ");
}

/** Equal where the same became of the whole suite. */
function describeOutcome(model, suite, place) {
  return [model.verdict(suite.cell, place)?.status, suite.headlines[place], ...(suite.notes[place] ?? [])].join("\n");
}

function drawHeadline(model, suite, group) {
  const [place] = group;
  return html`<li>${drawStatus(model.verdict(suite.cell, place)?.status ?? "")} <b>${nameEnvironments(model, group)}</b> <span>${drawNames(model, suite.headlines[place])}</span>
    ${(suite.notes[place] ?? []).map((note) => html`<span class="quiet note">${note}</span>`)}</li>`;
}

/** What was proven is shown as one would apply it. */
function drawCures(model, suite) {
  const failing = Object.keys(suite.outcomes).some((place) => ["reproduces", "fails"].includes(model.verdict(suite.cell, place)?.status));
  if (!suite.cures.length && !failing) return nothing;
  return html`<section aria-labelledby="cures"><h2 id="cures">Proven cures</h2>
    ${suite.cures.length
      ? html`<ol class="proven">${suite.cures.map((cure, number) => html`<li><details ?open=${number === 0}>
          <summary><b>${drawProse(cure.change)}</b></summary>
          <p>${cure.proof} ${cure.elsewhere.join(" ")}</p>
          ${cure.patch ? drawPatch(cure.patch) : nothing}</details></li>`)}</ol>`
      : html`<p>None was looked for yet. The command <code>cure</code> below tries changes on copies of the suite; the page that <code>report</code> makes afterwards shows what it proves.</p>`}
  </section>`;
}

/** What `diagnose --run` knows, of the run in one environment. */
function drawSeen(model, suite, places, place) {
  const evidence = peekBlock("evidence");
  const number = evidence?.suites[model.cells[suite.cell]]?.[place];
  const choose = (event) => go(addressWith({ environment: event.target.value }));
  return html`<section aria-labelledby="seen"><h2 id="seen">What was seen</h2>
    <p class="control"><label><span class="quiet">on</span> <select @change=${choose}>${places.map(
      (one) => html`<option value=${model.environmentKey(one)} .selected=${one === place}>${model.environments[one].heading}</option>`,
    )}</select></label></p>
    ${evidence === undefined ? html`<p class="quiet">Reading the evidence …</p>`
      : number === undefined ? drawKnown(model, suite, place) : drawRun(model, evidence.runs[number])}
  </section>`;
}

/** What the results alone say of a run. */
function drawKnown(model, suite, place) {
  return html`<p class="quiet">The page has no evidence of the run there. This is what its results say.</p>${drawVerdict(model, suite.cell, place, [])}`;
}
