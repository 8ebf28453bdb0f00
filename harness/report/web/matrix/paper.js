/** The matrix on paper: a plain table, because a grid has only the rows in sight. */

import { STATUSES, rankOf } from "../model.js";
import { count } from "../text.js";
import { classOf, makeBar, writeShare } from "./squares.js";

/** Rows that are printed; who wants more had better filter first. */
const MOST = 1500;

let printed = null;

/**
 * Print a table in the place of an element.
 * @param {HTMLElement} element
 * @param {any} model
 * @param {any} table
 */
export function layOnPaper(element, model, table) {
  const rows = table.listRows();
  printed = document.createElement("table");
  printed.className = "paper";
  printed.createCaption().textContent = rows.length > MOST ? `The first ${count(MOST, "row")} of ${count(rows.length, "row")}.` : "";
  const head = printed.createTHead().insertRow();
  for (const text of ["", ...table.columns.map(({ label }) => label)]) head.append(makeHead(text, "col"));
  const body = printed.createTBody();
  for (const row of rows.slice(0, MOST)) addRow(body.insertRow(), row, model, table);
  element.after(printed);
}

/** Take it away again. */
export function clearPaper() {
  printed?.remove();
  printed = null;
}

function addRow(line, row, model, table) {
  line.append(makeHead(row.kind === "group" ? row.path : model.cells[row.cell], "row"));
  table.columns.forEach(({ environments }, place) => {
    const cell = line.insertCell();
    if (row.kind === "group") fillBar(cell, row.line.counts[place], row.line.totals[place]);
    else fillSquare(cell, model, row.cell, table.pickEnvironment(row.cell, environments));
  });
}

function fillBar(cell, counts, total) {
  if (!total) return;
  cell.textContent = writeShare(counts, total);
  cell.style.backgroundImage = makeBar(counts, total);
}

function fillSquare(cell, model, number, environment) {
  const verdict = environment === undefined ? null : model.verdict(number, environment);
  if (!verdict) return;
  cell.textContent = STATUSES[rankOf(verdict.status)].letter;
  cell.className = classOf(verdict);
}

function makeHead(text, scope) {
  const head = document.createElement("th");
  head.scope = scope;
  const label = document.createElement("span");
  label.textContent = text;
  head.append(label);
  return head;
}
