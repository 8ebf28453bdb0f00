/** What changed, a cause in a line, and the cells with both verdicts. */

import { html, nothing } from "../vendor/lit-html.js";
import { drawNames, drawTitles, writeNames } from "../names.js";
import { drawStatus } from "../prose.js";
import { requestDraw } from "../redraw.js";
import { addressOf } from "../state.js";
import { KINDS, placeOf } from "./changes.js";

/** Cells that are listed at first. */
const PAGE = 100;

/** Labels of one side that are listed. */
const MOST_LABELS = 4;

const asked = new Map(); // lists that are shown further than their beginning, by what they are of

/**
 * One cause. Its cells are drawn once it is opened.
 * @param {{model: any, sides: {before: number, after: number}, found: any, asked: any}} shown the comparison, and the
 *   settings that ask for it
 * @param {any} group
 */
export function drawCause(shown, group) {
  const { kind, label, cells, opposite } = group;
  const kinds = [...group.kinds].sort(([one], [other]) => placeOf(one) - placeOf(other));
  const alone = [[label, cells.length]];
  const [was, is] = kind === "disappeared" ? [alone, opposite] : [opposite, alone];
  return html`<li class="cause kind-${kinds[0][0].replaceAll(" ", "-")}">
    <details @toggle=${requestDraw} data-cause=${cells[0]}><summary>
      <span class="number">${cells.length.toLocaleString("en")}</span>
      <span class="who">${drawWho(shown.model, group)}</span>
      <span class="turn"><span class="was">${drawLabels(shown.model, was)}</span> <span aria-label="becomes">→</span>
        <span class="is">${drawLabels(shown.model, is)}</span></span>
      <span class="kinds-of">${kinds.map(([name, number]) => addNumber(labelOf(name), number, kinds)).join(", ")}</span>
    </summary>
    ${isOpen(group) ? drawCellsOfCause(shown, group) : nothing}</details></li>`;
}

/** `cells with creation_site=event_loop_fixture`, as `compare` has it. */
function drawWho(model, { common, cells }) {
  if (common.length) {
    return html`${cells.length > 1 ? "cells" : "the cell"} with ${common.map(
      ([axis, values], place) => html`${place ? " and " : ""}<code>${axis}=${values.replaceAll(",", ", ")}</code>`,
    )}`;
  }
  return cells.length === 1 ? html`<code>${model.cells[cells[0]]}</code>` : "cells with nothing else in common";
}

function drawLabels(model, labels) {
  const more = labels.length - MOST_LABELS;
  const drawn = labels.slice(0, MOST_LABELS).map(([label, number], place) => {
    const times = addNumber("", number, labels);
    return html`${place ? " · " : ""}<span class="label">${drawNames(model, label)}</span>${times ? html`<span class="quiet">${times}</span>` : nothing}`;
  });
  return html`${drawn}${more > 0 ? ` · ${more} more` : nothing}`;
}

/** A number says something where there are several. */
function addNumber(text, number, among) {
  return among.length > 1 ? `${text} (${number.toLocaleString("en")})` : text;
}

function labelOf(kind) {
  return KINDS.find((one) => one.name === kind)?.label ?? kind;
}

function isOpen({ cells }) {
  return document.querySelector(`details[data-cause="${cells[0]}"]`)?.open ?? false;
}

function drawCellsOfCause(shown, { common, cells, label }) {
  const changes = new Map(shown.found.changes.map((change) => [change.cell, change]));
  const find = common.map(([axis, values]) => `${axis}=${values}`).join(" and ");
  const link = html`<p><a href=${addressOf("matrix", "", { find })}>All cells with these values in the matrix</a></p>`;
  return html`${find ? link : nothing}${drawChangedCells(shown, cells.map((cell) => changes.get(cell)), `${cells[0]} ${label}`)}`;
}

/**
 * Cells with both verdicts, each a link to the cell in that environment.
 * @param {{model: any, sides: {before: number, after: number}, found: any, asked: any}} shown
 * @param {{cell: number, kind: string, labels: string[]}[]} changes
 * @param {string} of what the list is of, among those of this comparison
 */
export function drawChangedCells(shown, changes, of) {
  const key = `${shown.found.key} ${of}`;
  const most = asked.get(key) ?? PAGE;
  const showMore = () => {
    asked.set(key, most + 5 * PAGE);
    requestDraw();
  };
  const left = (changes.length - most).toLocaleString("en");
  return html`<div class="wide" tabindex="0" role="group" aria-label="Cells that changed"><table class="changes">
      <thead><tr><th scope="col">cell</th><th scope="col">before</th><th scope="col">after</th><th scope="col">change</th></tr></thead>
      <tbody>${changes.slice(0, most).map((change) => drawChange(shown, change))}</tbody></table></div>
    ${changes.length > most ? html`<button type="button" class="chip noprint" @click=${showMore}>Show more: ${left} left</button>` : nothing}`;
}

function drawChange({ model, sides, asked: settings }, { cell, kind, labels }) {
  const address = (environment) => addressOf("cell", model.cells[cell], { environment: model.environmentKey(environment), ...settings });
  const drawSide = (environment, label) => html`<td><a class="outcome" href=${address(environment)}
    >${drawStatus(model.verdict(cell, environment).status)} <span title=${writeNames(model, label)}>${drawTitles(model, label)}</span></a></td>`;
  return html`<tr><th scope="row"><a href=${address(sides.after)}><code>${model.cells[cell]}</code></a></th>
    ${drawSide(sides.before, labels[0])}${drawSide(sides.after, labels[1])}<td>${labelOf(kind)}</td></tr>`;
}
