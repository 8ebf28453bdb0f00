/** To the next and the previous cell: of those that the link to this one counted. */

import { html, nothing } from "../vendor/lit-html.js";
import { COMPARED, compareShown, readKinds, selectKinds } from "../compare/listing.js";
import { chooseEnvironments } from "../matrix/dimensions.js";
import { addressOf } from "../state.js";
import { count } from "../text.js";

const KEPT = ["find", "environments", "environment", "file", ...COMPARED];

/** @param {any} model @param {any} state @param {number} cell */
export function drawTurning(model, state, cell) {
  const { cells, address, which } = listNeighbours(model, state);
  const place = cells.indexOf(cell);
  const settings = Object.fromEntries(KEPT.map((name) => [name, state.settings.get(name)]));
  const link = (number, key, text) =>
    number === undefined
      ? html`<span class="quiet">${text}</span>`
      : html`<a href=${addressOf("cell", model.cells[number], settings)} data-key=${key} title=${model.cells[number]}>${text} <kbd>${key}</kbd></a>`;
  return html`<nav class="turning noprint" aria-label="Cells">
    ${link(place >= 0 ? cells[place - 1] : undefined, "p", "← previous")}
    <span class="quiet">${place >= 0 ? `${(place + 1).toLocaleString("en")} of ` : ""}<a href=${address}>${count(cells.length, "cell")}${which}</a></span>
    ${link(place >= 0 ? cells[place + 1] : undefined, "n", "next →")}
  </nav>`;
}

/** The cells, where they are shown, and in words which they are. */
function listNeighbours(model, state) {
  const [before, after] = ["before", "after"].map((name) => model.findEnvironment(state.settings.get(name)));
  return before >= 0 && after >= 0 ? listChanged(model, state, { before, after }) : listFound(model, state);
}

/** Those that changed between two environments, as the comparison counts them. */
function listChanged(model, state, sides) {
  const { changes } = selectKinds(compareShown(model, state, sides), readKinds(state));
  const settings = Object.fromEntries(["find", ...COMPARED].map((name) => [name, state.settings.get(name)]));
  const [one, other] = [sides.before, sides.after].map((number) => model.environments[number].heading);
  return {
    cells: changes.map((change) => change.cell).sort((first, second) => first - second),
    address: addressOf("compare", "", settings),
    which: html` that changed from ${one} to ${other}${drawFind(state)}`,
  };
}

const known = new WeakMap(); // the cells of a query, which a view asks for each time it is drawn

/** Those that the find box selects, as the matrix counts them; without a query all. */
function listFound(model, state) {
  const { query } = state;
  const all = state.settings.get("environments") === "all" || query.root === null;
  if (known.get(query)?.all !== all) known.set(query, { all, cells: query.selectCells(chooseEnvironments(model, query, all)) });
  const settings = { find: state.settings.get("find"), environments: state.settings.get("environments") };
  return { cells: known.get(query).cells, address: addressOf("matrix", "", settings), which: drawFind(state) };
}

function drawFind(state) {
  const find = state.settings.get("find");
  return find ? html` that <code>${find}</code> finds` : nothing;
}
