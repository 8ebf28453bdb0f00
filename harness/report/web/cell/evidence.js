/** What was observed in a run that was kept: what happened, loops and connections, errors, warnings, what was left. */

import { html, nothing } from "../vendor/lit-html.js";
import { peekBlock } from "../blocks.js";
import { hasRun } from "../model.js";
import { drawNames } from "../names.js";
import { drawProse } from "../prose.js";
import { count } from "../text.js";
import { drawCommand, drawCommands } from "./commands.js";
import { drawTimeline } from "./drawing.js";
import { describeConnection, describeLoop, describeMoment, nameEntry } from "./ledgers.js";

const LINKS = { cause: "caused by", context: "raised while handling", member: "one of a group" };

/** The section of a cell in an environment, or what to type to get one. */
export function drawEvidence(model, cell, environment) {
  const evidence = peekBlock("evidence");
  const number = evidence?.found[environment]?.[cell];
  if (number !== undefined) return drawSection(drawRun(model, evidence.runs[number]));
  if (!hasRun(model.verdict(cell, environment)?.status)) return nothing;
  if (evidence === undefined) return drawSection(html`<p class="quiet">Reading the evidence …</p>`);
  if (evidence?.leftOut && model.environments[environment].own) return drawSection(drawLeftOut(model, evidence));
  return drawSection(html`<p class="quiet">Loops and connections are drawn of runs of your own, and of some cells on the newest
      release; of this outcome the page has the verdict alone. Run it, and make the report again:</p>
    ${drawCommands(model, cell, environment, ["run"])}`);
}

function drawSection(content) {
  return html`<section aria-labelledby="seen"><h2 id="seen">What was seen</h2>${content}</section>`;
}

/** A page that is made after every run has evidence of some outcomes. */
function drawLeftOut(model, evidence) {
  const what = "Make a report of all results";
  return html`<p class="quiet">Of ${count(evidence.leftOut, "run")} this page has the verdict alone. ${what}:</p>
    ${drawCommand(model.data.commands.report, what)}`;
}

/** @param {any} model @param {any} run of the block "evidence" */
export function drawRun(model, run) {
  const { summary = [], stories = [], failures = [], warnings = [], left = [] } = run;
  return html`<div class="run">
    ${summary.length ? html`<p>${drawProse(summary.join(" "))}</p>` : nothing}
    <div class="seen">${drawTimeline(run)}${stories.length ? html`<ol class="stories">${stories.map((story) => drawStory(model, story))}</ol>` : nothing}</div>
    ${drawMore("Loops and connections in words", (run.loops ?? []).length + (run.connections ?? []).length, () => drawLedgers(run))}
    ${drawMore("Errors with their chains", failures.length, () => failures.map((one) => drawFailure(run, one)))}
    ${drawMore("Warnings", warnings.length, () => html`<ul>${warnings.map(drawWarning)}</ul>`)}
    ${drawMore("Left at the end", left.length, () => html`<ul>${left.map((one) => html`<li>${drawProse(one)}</li>`)}</ul>`)}
    ${run.stacks ? drawMore("Stacks of all threads when it hung", 1, () => html`<pre tabindex="0">${run.stacks}</pre>`) : nothing}
  </div>`;
}

function drawMore(title, number, draw) {
  return number ? html`<details><summary>${title} <span class="quiet">${number}</span></summary>${draw()}</details>` : nothing;
}

function drawStory(model, { kind, heading, sentences, count: times = 1 }) {
  const often = times > 1 ? html` <span class="quiet">${times} times</span>` : nothing;
  return html`<li class="story ${kind}"><strong>${drawNames(model, heading)}</strong>${often}
    <p>${drawProse(sentences.join(" "))}</p></li>`;
}

function drawLedgers(run) {
  return html`<ul class="ledger">
    ${(run.loops ?? []).map((loop) => html`<li>${describeLoop(run, loop)} <span class="quiet">${loop.kind}</span></li>`)}
    ${(run.connections ?? []).map((one) => html`<li>${nameEntry(one.name)}:
      <ul>${describeConnection(run, one).map((clause) => html`<li>${clause}</li>`)}</ul></li>`)}
  </ul>`;
}

function drawFailure(run, { moment, chain, lead }) {
  return html`<div class="failure"><h3>${lead ? `${lead}; met ` : ""}${describeMoment(run, moment)}</h3>
    <ol class="chain">${chain.map(
      ({ type, text, link = "surface", origin }) => html`<li>${LINKS[link] ? html`<span class="hides">${LINKS[link]}</span>` : nothing}
        <code>${type}: ${text}</code>${origin ? html` <span class="quiet">${origin}</span>` : nothing}</li>`,
    )}</ol></div>`;
}

function drawWarning({ category, text, location, count: times = 1 }) {
  const where = [location, times > 1 ? count(times, "time") : ""].filter(Boolean).join(", ");
  return html`<li><code>${category}: ${text}</code> <span class="quiet">${where}</span></li>`;
}
