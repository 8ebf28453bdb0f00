/** The matrix: any axis or dimension on rows and columns. */

import { html, nothing } from "../vendor/lit-html.js";
import { drawBadge, showFound } from "../find/badge.js";
import { drawMeaning, drawNothingFound } from "../find/meaning.js";
import { describeBar, describeOutcome, showAnswer } from "../matrix/answer.js";
import { CELL, ENVIRONMENT, isOfEnvironments } from "../matrix/dimensions.js";
import { Grid } from "../matrix/grid.js";
import { clearPaper, layOnPaper } from "../matrix/paper.js";
import { Painter } from "../matrix/painter.js";
import { Table, readSettings } from "../matrix/table.js";
import { STATUSES, WORST } from "../model.js";
import { requestDraw } from "../redraw.js";
import { drawUnresolvable } from "../unresolvable.js";
import { addressOf, go, setSettings } from "../state.js";
import { count } from "../text.js";

/** Where the controls would take half of the screen, they are folded. As wide as in the style sheet. */
const phone = matchMedia("(max-width: 40rem)");
phone.addEventListener("change", requestDraw);

let shown = null;
let made = { key: null, table: null };

const painter = new Painter({
  find: (term, event) => showFound(shown.state, shown.state.query.toggle(term, { combine: event.ctrlKey || event.metaKey })),
  fold: (row) => setSettings({ open: shown.table.toggle(row.path) }, { replace: true }),
  narrow: (row, column) => narrow(row, shown.table.columns[column]),
  explain,
});
const grid = new Grid(painter);
addEventListener("beforeprint", () => grid.element.isConnected && layOnPaper(grid.element, shown.model, shown.table));
addEventListener("afterprint", clearPaper);

export function drawMatrix(model, state) {
  const settings = readSettings(model, state.settings);
  const { open, ...counted } = settings;
  const key = JSON.stringify([state.query.text, counted]);
  if (made.key !== key) made = { key, table: new Table(model, state.query, settings) };
  const { table } = made;
  table.settings = settings;
  showTable(model, state, table);
  return html`<h1 class="hidden">Matrix</h1>
    ${drawControls(model, state, table)}
    ${drawMeaning(model, state.query)}
    <p class="counted" role="status">${describeTable(model, state, table)}</p>
    ${table.cells.length ? grid.element : drawNothingFound(model, state.query)}
    ${drawUnresolvable(model)}`;
}

/** Fill the grid, unless it shows just that already. */
function showTable(model, state, table) {
  const open = [...table.settings.open].join();
  if (shown?.table === table && shown.open === open) {
    shown.state = state;
    return;
  }
  shown = { model, state, table, open };
  painter.use(model, table, state.settings.get("find") ?? "");
  grid.show({ rows: table.listRows(), columnCount: table.columns.length, label: "Verdicts" });
}

function drawControls(model, state, table) {
  const { levels, columns, open, all } = table.settings;
  const names = [...model.axes.map(({ name }) => name), ...model.dimensions.map(({ name }) => name)];
  const [first = CELL, then = ""] = levels;
  return html`<details class="controls noprint" ?open=${!phone.matches}>
    <summary><span class="quiet">rows</span> ${levels.join(", ") || CELL} <span class="quiet">columns</span> ${columns}</summary>
    <div>${drawChoice("Rows", first, [CELL, ...names, ENVIRONMENT], (rows) => setSettings({ rows, open: "" }))}
    ${levels.length ? drawChoice("then", then, ["", ...names.filter((name) => name !== first)], (next) => setSettings({ rows: [first, next].filter(Boolean).join(), open: "" })) : nothing}
    ${drawChoice("Columns", columns, [ENVIRONMENT, ...names], (value) => setSettings({ columns: value }))}
    <button type="button" class="chip" title="Rows as columns, columns as rows" @click=${() => setSettings({ rows: columns, columns: first, open: "" })} ?disabled=${first === CELL}>⇄</button>
    ${table.groups.length && table.hasCells ? html`<button type="button" class="chip" aria-pressed=${open.has("*")} @click=${() => setSettings({ open: open.has("*") ? "" : "*" }, { replace: true })}>Unfold all</button>` : nothing}
    ${isOfEnvironments(model, columns) && columns !== "python" ? html`<button type="button" class="chip" aria-pressed=${all} @click=${() => setSettings({ environments: all ? "" : "all" })}>All Pythons</button>` : nothing}
    <span class="verdicts" role="group" aria-label="Find a verdict">${STATUSES.slice(0, WORST + 2).map((status) =>
      drawBadge(state, { key: "verdict", value: status.name }, html`<span class="verdict ${status.kind}">${status.letter}</span> ${status.name}`),
    )}</span></div>
    ${table.groups.length ? html`<p>A number is the share of cells with an error in any run, in percent; the bar has all verdicts. A cell counts once in each environment. ${describeTotals(table)}</p>` : nothing}
  </details>`;
}

function drawChoice(label, chosen, names, choose) {
  return html`<label class="control">${label}
    <select @change=${(event) => choose(event.target.value)}>${names.map(
      (name) => html`<option value=${name} ?selected=${name === chosen}>${name || "–"}</option>`,
    )}</select></label>`;
}

function describeTable(model, state, table) {
  return html`${count(table.cells.length, "cell")} of ${model.cells.length.toLocaleString("en")} in ${count(table.environments.length, "environment")}.
    ${state.query.error ? "The query can't be read, so everything is shown." : ""}`;
}

function describeTotals(table) {
  const lines = table.groups.map(({ line }) => line);
  const own = lines.some(({ same }) => !same);
  return html`${lines.some(({ same }) => same) ? "Numbers of a row are over the same cells: those that ran in each of its columns. " : nothing}
    ${own ? "A number with a second one below it is over its own cells, as many as that." : nothing}`;
}

/** Show the cells that a bar counts. */
function narrow(row, column) {
  const { state, table } = shown;
  const terms = [...row.terms, ...(table.settings.columns === ENVIRONMENT ? [] : [column.term])].filter(Boolean);
  const find = terms.reduce((query, term) => (query.has(term) ? query : query.finder.read(query.toggle(term))), state.query).text;
  go(addressOf("matrix", "", { rows: CELL, find, environments: table.settings.all ? "all" : "" }));
}

function explain(row, place, element) {
  if (row === null || place < 0) return showAnswer(null, null);
  const { model, table } = shown;
  const column = table.columns[place];
  if (row.kind === "group") return showAnswer(row.line.totals[place] ? describeBar(row, place, column) : null, element);
  const { environment } = table.findOutcome(row.cell, place);
  return showAnswer(environment === undefined ? null : describeOutcome(model, row.cell, environment), element);
}
