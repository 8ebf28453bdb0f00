/** Two environments beside each other: causes first, each in a line, then the cells. */

import { html, nothing } from "../vendor/lit-html.js";
import { drawCause, drawChangedCells } from "../compare/causes.js";
import { KINDS, WAYS, placeOf, wayOf } from "../compare/changes.js";
import { COMPARED, compareShown, readKinds, selectKinds } from "../compare/listing.js";
import { chooseSides, findNeighbour, listDifferences, listPackages } from "../compare/sides.js";
import { drawSuiteChanges } from "../compare/suites.js";
import { nameValue } from "../cell/places.js";
import { drawCommand, quoteWord } from "../cell/commands.js";
import { addressWith, go } from "../state.js";
import { count } from "../text.js";

/** @param {any} model @param {any} state `before` and `after` name environments */
export function drawCompare(model, state) {
  if (model.environments.length < 2) {
    return html`<h1>Compare</h1>
      <p>There is nothing to compare: these results are of ${count(model.environments.length, "environment")}. Run another
        release and make the report again.</p>`;
  }
  const sides = chooseSides(model, state.settings);
  const own = model.data.suites.map((suite) => drawSuiteChanges(suite, sides.before, sides.after));
  const found = compareShown(model, state, sides);
  return html`<h1>${drawTitle(model, sides)}</h1>
    ${drawSides(model, sides)}
    ${drawPackages(model, sides)}
    ${own}
    ${found.compared ? drawChanges(model, state, sides, found) : drawNothingShared(state, found, own)}`;
}

function drawNothingShared(state, found, own) {
  const isAll = own.every((one) => one === nothing);
  const asked = state.query.text.trim() && !state.query.error ? html` that <code>${state.query.text}</code> finds` : nothing;
  return html`<p>${isAll ? html`No cell${asked} was run in both of these environments.` : ""} ${describeLeftOut(found)}</p>`;
}

function drawTitle(model, { before, after }) {
  const differing = listDifferences(model, before, after);
  if (!differing.length) return "The same versions twice";
  const [first, ...others] = differing.map(
    ([name, one, other]) => `${nameValue(name, one)} → ${shortenValue(name, one, other)}`,
  );
  return html`${first}${others.length ? html` <span class="also">${others.join(", ")}</span>` : nothing}`;
}

/** `valkey 6.0.2 → 6.2.0` needs the client's name once. */
function shortenValue(name, before, after) {
  const [client, version] = after.split(" ");
  return name === "client" && before.startsWith(`${client} `) ? version : after;
}

function drawSides(model, { before, after }) {
  const address = (changes) => addressWith({ ...nameSides(model, { before, after }), ...changes });
  const choose = (side) => (event) => go(address({ [side]: event.target.value }));
  const steps = [-1, 1].map((step) => {
    const [from, to] = [before, after].map((number) => findNeighbour(model, number, step));
    return from === undefined || to === undefined ? null : address(nameSides(model, { before: from, after: to }));
  });
  const select = (side, chosen) => html`<label>${side} <select @change=${choose(side)}>${model.environments.map(
    (one, number) => html`<option value=${model.environmentKey(number)} .selected=${number === chosen}>${one.heading}</option>`,
  )}</select></label>`;
  return html`<div class="sides control noprint">${select("before", before)}
    <a class="chip" href=${address(nameSides(model, { before: after, after: before }))}>⇄ swap</a>
    ${select("after", after)}
    <nav aria-label="Releases">${drawStep(steps[0], "p", "← releases before")} ${drawStep(steps[1], "n", "releases after →")}</nav></div>`;
}

function drawStep(address, key, text) {
  return address ? html`<a href=${address} data-key=${key}>${text} <kbd>${key}</kbd></a>` : html`<span class="quiet">${text}</span>`;
}

function nameSides(model, sides) {
  return Object.fromEntries(Object.entries(sides).map(([side, number]) => [side, model.environmentKey(number)]));
}

function drawPackages(model, { before, after }) {
  const packages = listPackages(model, before, after);
  if (!packages.length) return nothing;
  const differ = packages.length === 1 ? "differs" : "differ";
  return html`<details class="packages quiet"><summary>${count(packages.length, "further package")} ${differ}</summary>
    ${packages.join(", ")}</details>`;
}

function describeLeftOut({ onlyBefore, onlyAfter }) {
  if (!onlyBefore && !onlyAfter) return "";
  const were = onlyBefore + onlyAfter === 1 ? "was" : "were";
  const numbers = [onlyBefore, onlyAfter].map((number) => number.toLocaleString("en"));
  return `${count(onlyBefore + onlyAfter, "cell")} ${were} not run on both sides: ${numbers[0]} before only, ${numbers[1]} after only.`;
}

function drawChanges(model, state, sides, found) {
  const chosen = readKinds(state);
  const { groups, changes } = selectKinds(found, chosen);
  changes.sort((one, other) => placeOf(one.kind) - placeOf(other.kind) || one.cell - other.cell);
  const asked = Object.fromEntries(["find", ...COMPARED].map((name) => [name, state.settings.get(name)]));
  const shown = { model, sides, found, asked: { ...asked, ...nameSides(model, sides) } };
  return html`${drawSummary(state, found)}
    ${drawKinds(state, found, chosen)}
    ${groups.length ? html`<h2>What changed, and what the cells have in common</h2>
      <p class="quiet">A cause is a line: cells to which the same happened. No other compared cell with these values shows anything else now.</p>
      ${WAYS.map((way, place) => drawWay(shown, way, groups.filter(({ kinds }) => wayOf(kinds) === place)))}
      <h2>The cells <span class="quiet">${changes.length.toLocaleString("en")}</span></h2>
      ${drawChangedCells(shown, changes, [...chosen].join())}` : html`<p>${found.changes.length ? "None of that kind." : "Nothing changed."}</p>`}
    ${drawCompareCommand(model, sides)}`;
}

/** The causes that go one way, those of most cells first. */
function drawWay(shown, { heading, meaning }, groups) {
  if (!groups.length) return nothing;
  const bySize = [...groups].sort((one, other) => other.cells.length - one.cells.length);
  return html`<section class="way" aria-label=${heading}><h3>${heading} <span class="quiet">${count(groups.length, "cause")}: ${meaning}</span></h3>
    <ol class="causes">${bySize.map((group) => drawCause(shown, group))}</ol></section>`;
}

function drawSummary(state, found) {
  const same = found.counts.get("same");
  const asked = state.query.text ? html` that <code>${state.query.text}</code> finds` : nothing;
  return html`<p class="summary">Of ${count(found.compared, "cell")} run on both sides${asked},
    <strong>${(found.compared - same).toLocaleString("en")}</strong> changed and ${same.toLocaleString("en")}
    ${same === 1 ? "is" : "are"} the same. ${describeLeftOut(found)}</p>`;
}

/** A chip a kind, which shows that kind alone; with Ctrl beside others. And the switch for what isn't stable. */
function drawKinds(state, found, chosen) {
  const toggle = (kind) => (event) => {
    const combine = event.ctrlKey || event.metaKey;
    const others = combine ? [...chosen].filter((one) => one !== kind) : [];
    const isLeft = chosen.has(kind) && (combine || chosen.size === 1);
    go(addressWith({ kinds: [...others, ...(isLeft ? [] : [kind])].join() }));
  };
  const drawChip = ({ name, label, meaning }) => html`<button type="button" class="chip kind-${name.replaceAll(" ", "-")}" title=${meaning}
    aria-pressed=${chosen.has(name)} @click=${toggle(name)}><strong>${found.counts.get(name).toLocaleString("en")}</strong> ${label}</button>`;
  const there = KINDS.filter(({ name }) => found.counts.get(name));
  const ways = WAYS.map(({ name, heading }) => [heading, there.filter(({ way }) => way === name)]).filter(([, kinds]) => kinds.length);
  return html`<div class="kinds" role="group" aria-label="Kinds of changes">${ways.map(
    ([heading, kinds]) => html`<span class="way-of"><span class="quiet">${heading}:</span> ${kinds.map(drawChip)}</span>`,
  )}${drawSwitch(state, found)}</div>`;
}

function drawSwitch(state, { putAside }) {
  const shown = state.settings.get("unstable") === "1";
  if (!shown && !putAside) return nothing;
  const change = (event) => go(addressWith({ unstable: event.target.checked ? "1" : "" }));
  return html`<label class="switch"><input type="checkbox" role="switch" .checked=${shown} @change=${change}>
    show unstable cells${shown ? nothing : html` <span class="quiet">(${putAside.toLocaleString("en")} hidden)</span>`}</label>`;
}

function drawCompareCommand(model, { before, after }) {
  const template = model.data.commands.compare;
  const versions = [before, after].map((number) => model.environments[number].dimensions["pytest-asyncio"]);
  if (!template || versions[0] === versions[1]) return nothing;
  const [one, other] = versions.map(quoteWord);
  const command = template.replace("{before}", () => one).replace("{after}", () => other);
  return html`<p class="noprint">On the command line:</p>${drawCommand(command, "compare the releases")}`;
}
