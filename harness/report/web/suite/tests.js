/** What became of each test in each environment: those that differ first, then those that fail everywhere. */

import { html, nothing } from "../vendor/lit-html.js";
import { groupNeighbours, nameEnvironments } from "../neighbours.js";
import { shortenTest } from "../cell/findings.js";
import { addressWith } from "../state.js";
import { count } from "../text.js";
import { drawNames, drawTitles, writeNames } from "../names.js";

/** Tests that are listed until more are asked for. */
const MOST = 300;

/** By how much an outcome matters, as the data ranks it. */
const LETTERS = [
  { letter: "✗", kind: "reproduces", words: "a loop error" },
  { letter: "?", kind: "fails", words: "another error" },
  { letter: "·", kind: "none", words: "not run" },
  { letter: "x", kind: "none", words: "failed as it is marked to" },
  { letter: "s", kind: "none", words: "skipped" },
  { letter: "✓", kind: "clean", words: "passed" },
];
const PASSED = LETTERS.length - 1;
const NOT_RUN = 2;

/** @param {any} model @param {any} state @param {any} suite @param {number[]} places its environments */
export function drawTests(model, state, suite, places) {
  if (!suite.tests.length) return drawNone(model, suite, places);
  const rows = suite.tests.map((test, number) => makeRow(suite, places, test, number));
  const groups = {
    changed: rows.filter((row) => row.changed),
    failing: rows.filter((row) => !row.changed && row.worst <= NOT_RUN),
    rest: rows.filter((row) => !row.changed && row.worst > NOT_RUN),
  };
  const every = state.settings.get("tests") === "all";
  const shown = every ? [...groups.changed, ...groups.failing, ...groups.rest] : [...groups.changed, ...groups.failing];
  const passing = groups.rest.filter((row) => row.worst === PASSED).length;
  const quiet = [passing ? `${count(passing, "test")} passed everywhere` : "", groups.rest.length - passing ? `${count(groups.rest.length - passing, "test")} skipped or failed as marked` : ""].filter(Boolean);
  return html`<p>${[
      groups.changed.length ? `${count(groups.changed.length, "test")} ${groups.changed.length === 1 ? "isn't" : "aren't"} the same everywhere` : "",
      groups.failing.length ? `${count(groups.failing.length, "test")} ${places.length > 1 ? "failed everywhere" : "failed"}` : "",
      ...quiet,
    ].filter(Boolean).join("; ")}.
      ${groups.rest.length ? html`<a class="noprint" href=${addressWith({ tests: every ? "" : "all" })}>${every ? "Only those that fail or differ" : "Show every test"}</a>` : nothing}</p>
    ${shown.length ? drawTable(model, suite, places, shown, Math.max(Number(state.settings.get("most")) || 0, MOST)) : nothing}`;
}

/** Why no test was run: pytest's own words, with its exit code. */
function drawNone(model, suite, places) {
  return html`<p>No test was run: ${drawNames(model, [...new Set(places.map((place) => suite.headlines[place]))].join("; "))}.</p>`;
}

function makeRow(suite, places, test, number) {
  const texts = places.map((place) => suite.outcomes[place][number]);
  const ranks = texts.map((text) => (text < 0 ? NOT_RUN : suite.ranks[text]));
  return { test, texts, ranks, worst: Math.min(...ranks), changed: new Set(texts).size > 1 };
}

function drawTable(model, suite, places, rows, most) {
  const inWords = places.length <= 3;
  const left = rows.length - most;
  return html`<div class="wide" tabindex="0" role="region" aria-label="Tests by environment"><table class="suite-tests ${inWords ? "words" : ""}">
      <thead><tr><th scope="col">test</th>${places.map((place) => html`<th scope="col"><span>${model.environments[place].heading}</span></th>`)}</tr></thead>
      <tbody>${rows.slice(0, most).map((row) => html`<tr>
        <th scope="row" title=${row.test}>${inWords ? drawName(row) : html`<details><summary>${drawName(row)}</summary>${drawWords(model, suite, places, row)}</details>`}</th>
        ${row.texts.map((text, place) => drawOutcome(model, suite, text, row.ranks[place], inWords))}</tr>`)}</tbody>
    </table></div>
    ${left > 0 ? html`<p><a class="noprint" href=${addressWith({ most: rows.length })}>Show ${count(left, "more test")}</a></p>` : nothing}
    <ul class="key-letters">${LETTERS.filter((_, rank) => rows.some((row) => row.ranks.includes(rank))).map(
      ({ letter, kind, words }) => html`<li><span class="verdict ${kind}">${letter}</span> ${words}</li>`,
    )}</ul>`;
}

function drawName(row) {
  return html`<code>${shortenTest(row.test)}</code> <span class="quiet">${fileOf(row.test)}</span>`;
}

/** What became of it in words, where the table has letters alone. */
function drawWords(model, suite, places, row) {
  const groups = groupNeighbours([...places.keys()], (place) => row.texts[place]);
  return html`<ul>${groups.map((group) => html`<li><span class="quiet">${nameEnvironments(model, group.map((place) => places[place]))}</span>
    ${row.texts[group[0]] < 0 ? "not run" : drawNames(model, suite.texts[row.texts[group[0]]])}</li>`)}</ul>`;
}

function fileOf(test) {
  return test.includes("::") ? test.split("::")[0] : "";
}

function drawOutcome(model, suite, text, rank, inWords) {
  const words = text < 0 ? "not run" : suite.texts[text];
  const { letter, kind } = LETTERS[rank] ?? LETTERS[NOT_RUN];
  return html`<td><span class="verdict ${kind}" title=${writeNames(model, words)}>${letter}${inWords ? nothing : html`<span class="hidden"> ${writeNames(model, words)}</span>`}</span>${inWords && rank !== PASSED ? html` <span class="words-of">${drawTitles(model, words)}</span>` : nothing}</td>`;
}
