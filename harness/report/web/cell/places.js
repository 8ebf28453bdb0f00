/** A cell in time and space: its history, and its verdict in every environment. */

import { html, nothing } from "../vendor/lit-html.js";
import { drawTitles, writeNames } from "../names.js";
import { drawStatus } from "../prose.js";
import { describeSamples } from "../compare/labels.js";
import { addressWith } from "../state.js";
import { compareVersions } from "../text.js";
import { listHistories } from "./history.js";

/** Transitions along each dimension; a click goes to the nearest environment of a range. */
export function drawHistories(model, cell, environment) {
  const histories = listHistories(model, cell, environment);
  if (!histories.length) return html`<p class="quiet">It was measured in one environment alone.</p>`;
  return html`<div class="histories">${histories.map((line) => drawHistory(model, line))}</div>`;
}

function drawHistory(model, { dimension, where, ranges, drifts, run }) {
  return html`<section class="history">
    <h3>${dimension} <span class="quiet">${where.map(([name, value]) => nameValue(name, value)).join(", ")}</span></h3>
    <ol>${ranges.map((range) => html`<li>${drawRange(model, range)}</li>`)}</ol>
    ${run || drifts.length ? html`<p class="quiet">${run ? `${run}. ` : nothing}${drifts.length ? `Each with the packages of its day: ${drifts.map(describeDrift).join(", ")}.` : nothing}</p>` : nothing}
  </section>`;
}

function drawRange(model, { environment, current, status, label, detail, span }) {
  const address = addressWith({ environment: model.environmentKey(environment) });
  return html`<a href=${address} aria-current=${current ? "true" : "false"} title=${writeNames(model, label)}>${drawStatus(status)}
    <span class="what">${drawTitles(model, label)}${detail ? html` <span class="detail">${drawTitles(model, detail)}</span>` : nothing}</span>
    <span class="span">${span}</span></a>`;
}

function describeDrift([name, values]) {
  return `${nameValue(name, values[0])} to ${values.at(-1)}`;
}

/** `Python 3.13`, `pytest 8.2.0`; clients have their name in their value. */
export function nameValue(name, value) {
  return name === "client" || name === "platform" ? value : `${name === "python" ? "Python" : name} ${value}`;
}

/** A square for each environment, releases beside each other, Pythons below each other. */
export function drawEverywhere(model, cell, environment) {
  const values = (name) => [...new Set(model.environments.map(({ dimensions }) => dimensions[name]))].sort(compareVersions);
  const [releases, pythons] = [values("pytest-asyncio"), values("python").reverse()];
  return html`<div class="wide" tabindex="0" role="group" aria-label="Verdict in every environment"><table class="everywhere">
    <thead><tr><td></td>${releases.map((release) => html`<th scope="col"><span>${release}</span></th>`)}</tr></thead>
    <tbody>${pythons.map(
      (python) => html`<tr><th scope="row">py${python}</th>${releases.map(
        (release) => html`<td>${selectThere(model, cell, release, python).map((number) => drawSquare(model, cell, number, environment))}</td>`,
      )}</tr>`,
    )}</tbody></table></div>`;
}

/** The environments of a release and a Python in which the cell was run; one for all where there is none. */
function selectThere(model, cell, release, python) {
  const there = [...model.environments.keys()].filter((number) => {
    const { dimensions } = model.environments[number];
    return dimensions["pytest-asyncio"] === release && dimensions.python === python;
  });
  const run = there.filter((number) => model.outcomes[number][cell] >= 0);
  return run.length ? run : there.slice(0, 1);
}

function drawSquare(model, cell, number, environment) {
  const verdicts = model.samples(cell, number).map((one) => model.verdicts[one]);
  const { heading } = model.environments[number];
  if (!verdicts.length) return html`<span class="unmeasured" title="${heading}: not measured"></span>`;
  const text = `${heading}: ${writeNames(model, describeSamples(verdicts))}`;
  return html`<a href=${addressWith({ environment: model.environmentKey(number) })} aria-current=${number === environment ? "true" : "false"}
    aria-label=${text} title=${text}>${drawStatus(verdicts[0].status, text)}</a>`;
}
