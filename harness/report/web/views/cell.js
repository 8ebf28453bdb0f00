/** One cell: what it is, what becomes of it where, why, and what cures it. */

import { html, nothing } from "../vendor/lit-html.js";
import { peekBlock } from "../blocks.js";
import { drawBadge } from "../find/badge.js";
import { drawSignatureName } from "../names.js";
import { capitalize, drawProse } from "../prose.js";
import { addressOf, addressWith, go } from "../state.js";
import { hasRun } from "../model.js";
import { drawCommands } from "../cell/commands.js";
import { drawCures } from "../cell/cures.js";
import { drawSuite, listPlaces, readFiles } from "../cell/code.js";
import { drawEvidence } from "../cell/evidence.js";
import { listTests } from "../cell/findings.js";
import { drawTurning } from "../cell/neighbours.js";
import { drawEverywhere, drawHistories } from "../cell/places.js";
import { drawVerdict } from "../cell/verdict.js";
import { drawMissing } from "./missing.js";

/** @param {any} model @param {any} state the cell's id is its subject */
export function drawCell(model, state) {
  const cell = model.cellNumber.get(state.subject);
  if (cell === undefined) return drawMissing(`cell “${state.subject}”`, "Another run of the report may have it.");
  const suite = model.data.suites.find((one) => one.cell === cell);
  if (suite) {
    return html`<h1>${suite.name}</h1>
      <p>This is a suite of your own. <a href=${addressOf("suite", suite.name)}>Look at its tests</a></p>`;
  }
  const environment = chooseEnvironment(model, cell, state.settings.get("environment"));
  const suites = peekBlock("suites");
  return html`${drawTurning(model, state, cell)}
    ${drawHabit(model, state.subject)}
    <h1 class="cell-id">${state.subject.split(/(?=[/@,])/).map((part) => html`${part}<wbr>`)}</h1>
    ${drawMeaning(model, state, cell)}
    <div class="cell-columns">
      <section aria-labelledby="what"><h2 id="what">What happens</h2>
        ${drawEnvironments(model, environment)}
        ${drawVerdict(model, cell, environment, findTests(suites, cell, environment))}
        ${drawOfEnvironment(model, environment)}
      </section>
      <section aria-labelledby="since"><h2 id="since">Where it changes</h2>
        ${drawHistories(model, cell, environment)}
        <h3>In every environment</h3>
        ${drawEverywhere(model, cell, environment)}
        <p><a href=${addressOf("compare", "", { after: model.environmentKey(environment) })}>Compare this environment with another</a></p>
      </section>
    </div>
    ${drawCures(model, suites, cell, environment)}
    ${drawEvidence(model, cell, environment)}
    <section aria-labelledby="suite"><h2 id="suite">The suite</h2>
      ${suites === undefined
        ? html`<p class="quiet">Reading the suites …</p>`
        : drawWritten(model, suites, { cell, environment, file: state.settings.get("file") })}
    </section>
    <section aria-labelledby="go-on"><h2 id="go-on">Go on</h2>${drawCommands(model, cell, environment)}</section>`;
}

/** The environment that the address names, or else the newest in which the cell ran; a run of one's own is newer. */
function chooseEnvironment(model, cell, text) {
  const named = model.findEnvironment(text);
  if (named >= 0) return named;
  const numbers = [...model.environments.keys()].filter((number) => model.outcomes[number][cell] >= 0);
  const ran = numbers.filter((number) => hasRun(model.verdict(cell, number).status));
  const last = ran.filter((number) => model.environments[number].main).at(-1) ?? ran.at(-1) ?? numbers.at(-1) ?? 0;
  const newest = model.chooseStanding([last, ...model.listAlike(last).filter((number) => ran.includes(number))]);
  return ran.find((number) => model.environments[number].own && model.areTwins(newest, number)) ?? newest;
}

/** The tests in the order in which they ran: as they were seen, or else as the suite has them. */
function findTests(suites, cell, environment) {
  const evidence = peekBlock("evidence");
  const number = evidence?.found[environment]?.[cell];
  return number === undefined ? listTests(readFiles(suites, cell)) : evidence.runs[number].tests;
}

/** The well-known habit that the cell follows: it was perhaps this that somebody clicked. */
function drawHabit(model, id) {
  const habit = model.data.habits.find((one) => one.cell === id);
  return habit ? html`<p class="habit">${drawProse(capitalize(habit.title))}</p>` : nothing;
}

/** A sentence, and each value with what it means. */
function drawMeaning(model, state, cell) {
  const numbers = model.values[cell];
  if (!numbers) return html`<p>This isn't a cell of today's catalogue.</p>`;
  const values = model.axes.map((axis, place) => ({ axis, value: axis.values[numbers[place]] }));
  const shown = values.filter(({ axis, value }) => axis.core || value.name !== axis.default);
  const words = shown.map(({ value }) => value.words).filter(Boolean);
  return html`<p class="meaning">${drawProse(capitalize(`${joinWords(words)}.`))}</p>
    <dl class="axes">${shown.map(
      ({ axis, value }) => html`<div title=${axis.question}><dt>${axis.name}</dt>
        <dd>${drawBadge(state, { key: axis.name, value: value.name })} <span class="quiet">${drawProse(value.meaning)}</span></dd></div>`,
    )}</dl>`;
}

function joinWords(words) {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")}, and ${words.at(-1)}` : words.join();
}

function drawEnvironments(model, environment) {
  const choose = (event) => go(addressWith({ environment: event.target.value }));
  return html`<p class="control"><span class="quiet">on</span> <select aria-label="Environment" @change=${choose}>${model.environments.map(
    (one, number) => html`<option value=${model.environmentKey(number)} .selected=${number === environment}>${one.heading}</option>`,
  )}</select></p>
    <p class="quiet environment">${describeEnvironment(model.environments[environment])}</p>`;
}

function describeEnvironment({ dimensions, server, own, released }) {
  const parts = [`pytest ${dimensions.pytest}`, dimensions.client, dimensions.platform, server];
  return [...parts, released ? `released ${released}` : "", own ? "a run of your own" : ""].filter(Boolean).join(" · ");
}

/** Warnings that every suite there gets. */
function drawOfEnvironment(model, environment) {
  const { findings } = model.environments[environment];
  if (!findings?.length) return nothing;
  return html`<details class="everyone">
    <summary>Every suite in this environment gets this too <span class="quiet">${findings.length}</span></summary>
    <ul>${findings.map(([signature, text]) => html`<li><strong>${drawSignatureName(model, signature)}</strong> ${text}</li>`)}</ul></details>`;
}

/** The suite, with the lines marked in which something was met, where it is written alike for this environment. */
function drawWritten(model, suites, { cell, environment, file }) {
  const versions = [suites?.renderedFor[cell] ?? model.newest, environment].map(
    (number) => model.environments[number].dimensions["pytest-asyncio"],
  );
  const alike = versions[0] === versions[1];
  const marked = listPlaces(alike ? listTexts(model, cell, environment) : []);
  const isThere = model.verdict(cell, environment)?.status !== "not-applicable";
  const note = isThere ? ` For ${versions[1]}, some lines may be others.` : "";
  return html`${alike ? nothing : html`<p class="quiet">As it is written for pytest-asyncio ${versions[0]}.${note}</p>`}
    ${drawSuite(suites, cell, file, marked)}
    ${marked.size ? html`<p class="quiet">Marked: the lines that the errors and warnings above name.</p>` : nothing}`;
}

function listTexts(model, cell, environment) {
  const findings = model.samples(cell, environment).flatMap((number) => model.verdicts[number].findings ?? []);
  return findings.filter((one) => one.text >= 0).map((one) => model.data.texts[one.text]);
}
