/** Two environments beside each other: causes first, each in a line, then the cells. */

import { html, nothing } from "../vendor/lit-html.js";
import { KINDS, compareEnvironments, placeOf } from "../compare/changes.js";
import { chooseSides, findNeighbour, listDifferences, listPackages } from "../compare/sides.js";
import { drawSuiteChanges } from "../compare/suites.js";
import { nameValue } from "../cell/places.js";
import { drawCommand } from "../cell/commands.js";
import { drawProse, drawStatus } from "../prose.js";
import { requestDraw } from "../redraw.js";
import { addressOf, addressWith, go } from "../state.js";
import { count } from "../text.js";

/** Cells that are listed at first, and with each further click. */
const PAGE = 100;

/** @param {any} model @param {any} state `before` and `after` name environments */
export function drawCompare(model, state) {
  if (model.environments.length < 2) return html`<h1>Compare</h1><p>These results are of one environment. Run another release and make the report again.</p>`;
  const sides = chooseSides(model, state.settings);
  const own = model.data.suites.map((suite) => drawSuiteChanges(suite, sides.before, sides.after));
  const found = compare(model, state, sides);
  return html`<h1>${drawTitle(model, sides)}</h1>
    ${drawSides(model, state, sides)}
    ${drawPackages(model, sides)}
    ${own}
    ${found.compared ? drawChanges(model, state, sides, found) : html`<p>${own.some((one) => one !== nothing) ? "" : "No cell was run in both of these environments."} ${describeLeftOut(found)}</p>`}`;
}

let last = { key: "" };

/** What changed; the same again where nothing was asked anew. */
function compare(model, state, { before, after }) {
  const showUnstable = state.settings.get("unstable") === "1";
  const key = JSON.stringify([before, after, showUnstable, state.query.text]);
  if (last.key === key) return last.found;
  const suites = new Set(model.data.suites.map((suite) => suite.cell));
  const cells = state.query.selectCells([before, after]).filter((cell) => !suites.has(cell));
  const isUnstable = (cell, kind) => kind === "unstable" || model.data.unstable[cell] !== undefined;
  const found = compareEnvironments(model, before, after, { cells, aside: (cell, kind) => !showUnstable && isUnstable(cell, kind) });
  last = { key, found: { ...found, key } };
  return last.found;
}

function drawTitle(model, { before, after }) {
  const differing = listDifferences(model, before, after);
  if (!differing.length) return "The same versions twice";
  const [first, ...others] = differing.map(([name, one, other]) => `${nameValue(name, one)} → ${shortenValue(name, one, other)}`);
  return html`${first}${others.length ? html` <span class="also">${others.join(", ")}</span>` : nothing}`;
}

/** `valkey 6.0.2 → 6.2.0` needs the client's name once. */
function shortenValue(name, before, after) {
  const [client, version] = after.split(" ");
  return name === "client" && before.startsWith(`${client} `) ? version : after;
}

function drawSides(model, state, { before, after }) {
  const address = (changes) => addressWith({ ...name(model, { before, after }), ...changes });
  const choose = (side) => (event) => go(address({ [side]: event.target.value }));
  const steps = [-1, 1].map((step) => {
    const [from, to] = [before, after].map((number) => findNeighbour(model, number, step));
    return from === undefined || to === undefined ? null : address(name(model, { before: from, after: to }));
  });
  const select = (side, chosen) => html`<label>${side} <select @change=${choose(side)}>${model.environments.map(
    (one, number) => html`<option value=${model.environmentKey(number)} .selected=${number === chosen}>${one.heading}</option>`,
  )}</select></label>`;
  return html`<div class="sides control noprint">${select("before", before)}
    <a class="chip" href=${address(name(model, { before: after, after: before }))}>⇄ swap</a>
    ${select("after", after)}
    <nav aria-label="Releases">${drawStep(steps[0], "p", "← releases before")} ${drawStep(steps[1], "n", "releases after →")}</nav></div>`;
}

function drawStep(address, key, text) {
  return address ? html`<a href=${address} data-key=${key}>${text} <kbd>${key}</kbd></a>` : html`<span class="quiet">${text}</span>`;
}

function name(model, sides) {
  return Object.fromEntries(Object.entries(sides).map(([side, number]) => [side, model.environmentKey(number)]));
}

function drawPackages(model, { before, after }) {
  const packages = listPackages(model, before, after);
  return packages.length ? html`<details class="packages quiet"><summary>${count(packages.length, "further package")} ${packages.length === 1 ? "differs" : "differ"}</summary>${packages.join(", ")}</details>` : nothing;
}

function describeLeftOut({ onlyBefore, onlyAfter }) {
  if (!onlyBefore && !onlyAfter) return "";
  return `${count(onlyBefore + onlyAfter, "cell")} ${onlyBefore + onlyAfter === 1 ? "was" : "were"} not run on both sides: ${onlyBefore.toLocaleString("en")} before only, ${onlyAfter.toLocaleString("en")} after only.`;
}

function drawChanges(model, state, sides, found) {
  const chosen = readKinds(state);
  const isChosen = (kind) => !chosen.size || chosen.has(kind);
  const groups = found.groups.filter((group) => group.kinds.some(([kind]) => isChosen(kind)));
  const changes = found.changes.filter((change) => isChosen(change.kind)).sort((one, other) => placeOf(one.kind) - placeOf(other.kind) || one.cell - other.cell);
  const same = found.counts.get("same");
  return html`<p class="summary">Of ${count(found.compared, "cell")} run on both sides${state.query.text ? html` that <code>${state.query.text}</code> finds` : nothing},
      <strong>${(found.compared - same).toLocaleString("en")}</strong> changed and ${same.toLocaleString("en")} ${same === 1 ? "is" : "are"} the same. ${describeLeftOut(found)}</p>
    ${drawKinds(model, state, found, chosen)}
    ${groups.length ? html`<h2>What changed, and what the cells have in common</h2>
      <ol class="causes">${groups.map((group) => drawGroup(model, sides, group, found))}</ol>
      <p class="quiet">“All” means: no compared cell with these values does anything else.</p>
      <h2>The cells <span class="quiet">${changes.length.toLocaleString("en")}</span></h2>
      ${drawCells(model, sides, changes, `${found.key} ${[...chosen]}`)}` : html`<p>${found.changes.length ? "None of that kind." : "Nothing changed."}</p>`}
    ${drawCompareCommand(model, sides)}`;
}

function readKinds(state) {
  return new Set((state.settings.get("kinds") ?? "").split(",").filter((kind) => KINDS.some(({ name: known }) => known === kind)));
}

/** A chip a kind, which shows that kind alone; with Ctrl beside others. And the switch for what isn't stable. */
function drawKinds(model, state, found, chosen) {
  const toggle = (kind) => (event) => {
    const combine = event.ctrlKey || event.metaKey;
    const others = combine ? [...chosen].filter((one) => one !== kind) : [];
    go(addressWith({ kinds: [...others, ...(chosen.has(kind) && (combine || chosen.size === 1) ? [] : [kind])].join() }));
  };
  const shown = state.settings.get("unstable") === "1";
  const met = KINDS.filter(({ name: kind }) => found.counts.get(kind));
  return html`<div class="kinds" role="group" aria-label="Kinds of changes">${met.map(
    ({ name: kind, label, meaning }) => html`<button type="button" class="chip kind-${kind.replaceAll(" ", "-")}" aria-pressed=${chosen.has(kind)} title=${meaning} @click=${toggle(kind)}
      ><strong>${found.counts.get(kind).toLocaleString("en")}</strong> ${label}</button>`,
  )}
    ${shown || found.putAside ? html`<label class="switch"><input type="checkbox" role="switch" .checked=${shown} @change=${(event) => go(addressWith({ unstable: event.target.checked ? "1" : "" }))}>
      show unstable cells${shown ? nothing : html` <span class="quiet">(${found.putAside.toLocaleString("en")} hidden)</span>`}</label>` : nothing}</div>`;
}

function drawGroup(model, sides, group, found) {
  const gone = group.kind === "disappeared";
  const [was, is] = gone ? [[[group.label, group.cells.length]], group.opposite] : [group.opposite, [[group.label, group.cells.length]]];
  return html`<li class="cause kind-${group.kind.replaceAll(" ", "-")}">
    <details @toggle=${requestDraw} data-cause=${group.cells[0]}><summary>
      <span class="number">${group.cells.length.toLocaleString("en")}</span>
      <span class="who">${drawWho(model, group)}</span>
      <span class="turn"><span class="was">${drawLabels(was)}</span> <span aria-label="becomes">→</span> <span class="is">${drawLabels(is)}</span></span>
      <span class="kinds-of">${group.kinds.map(([kind, number]) => `${labelOf(kind)}${group.kinds.length > 1 ? ` (${number.toLocaleString("en")})` : ""}`).join(", ")}</span>
    </summary>
    ${drawGroupCells(model, sides, group, found)}</details></li>`;
}

function labelOf(kind) {
  return KINDS.find((one) => one.name === kind)?.label ?? kind;
}

/** `all cells with creation_site=event_loop_fixture`, as `compare` has it. */
function drawWho(model, { common, cells }) {
  if (common.length) {
    return html`${cells.length > 1 ? "all cells" : "the cell"} with ${common.map(([axis, values], place) => html`${place ? " and " : ""}<code>${axis}=${values.replaceAll(",", ", ")}</code>`)}`;
  }
  return cells.length === 1 ? html`<code>${model.cells[cells[0]]}</code>` : "cells with nothing else in common";
}

function drawLabels(labels) {
  const shown = labels.slice(0, 4);
  const more = labels.length - shown.length;
  return html`${shown.map(([label, number], place) => html`${place ? " · " : ""}<span class="label">${drawProse(label)}</span>${labels.length > 1 ? html` <span class="quiet">(${number.toLocaleString("en")})</span>` : nothing}`)}${more ? ` · ${more} more` : nothing}`;
}

/** The cells of a cause, once they are asked for. */
function drawGroupCells(model, sides, group, found) {
  if (!isOpen(group)) return nothing;
  const changes = new Map(found.changes.map((change) => [change.cell, change]));
  const find = group.common.map(([axis, values]) => `${axis}=${values}`).join(" and ");
  return html`${find ? html`<p><a href=${addressOf("matrix", "", { find })}>All cells with these values in the matrix</a></p>` : nothing}${drawCells(model, sides, group.cells.map((cell) => changes.get(cell)), `${found.key} ${group.cells[0]} ${group.label}`)}`;
}

function isOpen({ cells }) {
  return document.querySelector(`details[data-cause="${cells[0]}"]`)?.open ?? false;
}

const asked = new Map(); // lists that are shown further than their beginning

function drawCells(model, { before, after }, changes, key) {
  const most = asked.get(key) ?? PAGE;
  const side = (cell, environment, label) => {
    const address = addressOf("cell", model.cells[cell], { environment: model.environmentKey(environment) });
    return html`<td><a class="outcome" href=${address}>${drawStatus(model.verdict(cell, environment).status, label)} <span>${drawProse(label)}</span></a></td>`;
  };
  const more = () => {
    asked.set(key, most + 5 * PAGE);
    requestDraw();
  };
  return html`<div class="wide" tabindex="0" role="group" aria-label="Cells that changed"><table class="changes">
      <thead><tr><th scope="col">cell</th><th scope="col">before</th><th scope="col">after</th><th scope="col">change</th></tr></thead>
      <tbody>${changes.slice(0, most).map(
        ({ cell, kind, labels }) => html`<tr><th scope="row"><a href=${addressOf("cell", model.cells[cell], { environment: model.environmentKey(after) })}><code>${model.cells[cell]}</code></a></th>
          ${side(cell, before, labels[0])}${side(cell, after, labels[1])}<td>${labelOf(kind)}</td></tr>`,
      )}</tbody></table></div>
    ${changes.length > most ? html`<button type="button" class="chip noprint" @click=${more}>Show more: ${(changes.length - most).toLocaleString("en")} left</button>` : nothing}`;
}

function drawCompareCommand(model, { before, after }) {
  const template = model.data.commands.compare;
  const versions = [before, after].map((number) => model.environments[number].dimensions["pytest-asyncio"]);
  if (!template || versions[0] === versions[1]) return nothing;
  const command = template.replace("{before}", versions[0]).replace("{after}", versions[1]);
  return html`<p class="noprint">On the command line:</p>${drawCommand(command, "compare the releases")}`;
}
