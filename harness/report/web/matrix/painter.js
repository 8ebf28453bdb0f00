/** Fills the matrix's elements: heads, rows, places. A row's are used again for another one that comes into sight. */

import { writeNames } from "../names.js";
import { addressOf } from "../state.js";
import { STATUSES, rankOf } from "../model.js";
import { classOf, describeCounts, makeBar, writeShare } from "./squares.js";
import { Strip } from "./strip.js";

export class Painter {
  /** @param {any} actions `find(term, event)` for a column's head, `fold(row)`, `narrow(row, column)` for a bar, `explain` */
  constructor(actions) {
    this.actions = actions;
    this.fold = actions.fold;
    this.explain = actions.explain;
    this.narrow = actions.narrow;
  }

  /** Draw another table. */
  use(model, table, find) {
    this.model = model;
    this.table = table;
    this.asked = { find, environments: table.all ? "all" : "" };
  }

  fillHead(head) {
    head.replaceChildren(makeCorner(this.table), ...this.table.columns.map((column, place) => this.makeColumnHead(column, place)));
  }

  makeColumnHead(column, place) {
    const cell = make("div", "column", "columnheader");
    cell.setAttribute("aria-colindex", place + 2);
    const button = make("button", "upright");
    button.type = "button";
    button.textContent = column.label;
    button.title = column.title ?? "";
    button.disabled = column.term === null;
    button.addEventListener("click", (event) => this.actions.find(column.term, event));
    cell.append(button);
    return cell;
  }

  makeRow() {
    const row = make("div", "row", "row");
    const strip = make("div", "strip", "gridcell");
    strip.setAttribute("aria-colindex", 2);
    strip.append(make("canvas"));
    row.append(make("div", "name", "rowheader"), strip, make("div", "slots", "presentation"));
    return row;
  }

  /** Draw with these sizes, and with the colours of the theme as it is now. */
  resize(element, slot, height) {
    this.strip = new Strip(element, slot, height);
  }

  /**
   * Fill a row's elements.
   * @param {HTMLElement} element
   * @param {any} row
   * @param {boolean} live whether its places are elements too, as the row needs them that the pointer or focus is on
   */
  fillRow(element, row, live) {
    const [head, strip, slots] = element.children;
    element.className = `row ${row.kind}`;
    element.setAttribute("aria-level", row.level + 1);
    if (row.foldable) element.setAttribute("aria-expanded", row.open);
    else element.removeAttribute("aria-expanded");
    if (row.kind === "cell") this.fillCellHead(head, row);
    else this.fillGroupHead(head, row);
    this.fillStrip(strip, row);
    strip.setAttribute("aria-hidden", live);
    slots.replaceChildren(...(live ? this.table.columns.map((_, place) => this.makePlace(row, place)) : []));
  }

  fillCellHead(head, { cell, level }) {
    const id = this.model.cells[cell];
    const name = replaceHead(head, "a");
    name.href = addressOf("cell", id, this.asked);
    name.title = id;
    setName(name, id, level, "");
  }

  fillGroupHead(head, row) {
    const name = replaceHead(head, "button");
    name.title = row.title ?? "";
    name.disabled = !row.foldable && row.terms.length === 0;
    name.onclick = (event) => (row.foldable ? this.fold(row) : this.actions.find(row.terms.at(-1), event));
    setName(name, row.label, row.level, row.foldable ? (row.open ? "▾" : "▸") : "", writeTotal(row));
  }

  /** All places of a row as one picture, and in words. */
  fillStrip(strip, row) {
    const { columns } = this.table;
    const context = this.strip.begin(strip.firstElementChild, columns.length);
    const put = row.kind === "group" ? this.putBar : this.putSquare;
    const names = columns.map((_, place) => put.call(this, context, row, place));
    strip.setAttribute("aria-colspan", columns.length);
    strip.setAttribute("aria-label", describeRuns(columns, names));
  }

  putBar(context, { line: { counts, totals, same } }, place) {
    if (!totals[place]) return "none ran";
    this.strip.putBar(context, place, counts[place], totals[place], same);
    return `${writeShare(counts[place], totals[place])} percent with an error`;
  }

  putSquare(context, { cell }, place) {
    const { verdict, mixed } = this.table.findOutcome(cell, place);
    if (!verdict) return "not measured";
    this.strip.putSquare(context, place, verdict, mixed);
    return verdict.label;
  }

  makePlace(row, place) {
    const slot = make("div", "slot", "gridcell");
    slot.setAttribute("aria-colindex", place + 2);
    const made = row.kind === "cell" ? this.makeSquare(row, place) : this.makeBar(row, place);
    made.setAttribute("aria-label", `${made.getAttribute("aria-label")}, ${this.table.columns[place].label}`);
    slot.append(made);
    return slot;
  }

  makeSquare({ cell }, place) {
    const { verdict, environment, mixed } = this.table.findOutcome(cell, place);
    if (!verdict) return makeEmpty("not measured");
    const link = make("a", mixed ? `${classOf(verdict)} mixed` : classOf(verdict), "", STATUSES[rankOf(verdict.status)].letter);
    link.href = addressOf("cell", this.model.cells[cell], { environment: this.model.environmentKey(environment), ...this.asked });
    link.setAttribute("aria-label", writeNames(this.model, verdict.label));
    return focusable(link);
  }

  makeBar({ line }, place) {
    const [counts, total] = [line.counts[place], line.totals[place]];
    if (!total) return makeEmpty("none ran");
    const bar = make("a", "share", "button", writeShare(counts, total));
    bar.style.backgroundImage = makeBar(counts, total);
    bar.setAttribute("aria-label", `${describeCounts(counts)} of ${total}`);
    if (!line.same) bar.append(make("small", "", "", `/${total.toLocaleString("en")}`));
    return focusable(bar);
  }
}

/** `clean 0.17.2 to 0.26.0, loop-closed 1.0.0`: what is the same in neighbouring columns once. */
function describeRuns(columns, names) {
  const runs = [];
  for (let from = 0, to = 0; to < names.length; from = to) {
    while (to < names.length && names[to] === names[from]) to += 1;
    const last = columns[to - 1].label;
    runs.push(`${names[from]} ${to - from === 1 ? last : `${columns[from].label} to ${last}`}`);
  }
  return runs.join(", ");
}

function replaceHead(slot, tag) {
  if (slot.firstElementChild?.localName === tag) return slot.firstElementChild;
  const name = focusable(make(tag));
  if (tag === "button") name.type = "button";
  name.append(make("span", "sign"), make("span", "text"), make("span", "total"));
  slot.replaceChildren(name);
  return name;
}

function makeEmpty(label) {
  const empty = make("a", "empty", "img");
  empty.setAttribute("aria-label", label);
  return focusable(empty);
}

/** What the arrow keys lead to, but not the Tab key. */
function focusable(element) {
  element.tabIndex = -1;
  return element;
}

function writeTotal({ cells, line }) {
  const all = cells.length.toLocaleString("en");
  return line.same && line.cells !== cells.length ? `${line.cells.toLocaleString("en")} of ${all}` : all;
}

function setName(name, text, level, sign, total = "") {
  name.className = `level${Math.min(level, 3)}`;
  [sign, text, total].forEach((part, place) => {
    if (name.children[place].textContent !== part) name.children[place].textContent = part;
  });
}

function makeCorner(table) {
  const corner = make("div", "name", "columnheader");
  corner.setAttribute("aria-colindex", 1);
  const rows = table.settings.levels.length ? table.settings.levels.join(" / ") : "cell";
  corner.append(make("span", "", "", rows), make("span", "total", "", table.settings.levels.length ? "cells" : ""));
  return corner;
}

function make(tag, className = "", role = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (role) element.setAttribute("role", role);
  if (text) element.textContent = text;
  return element;
}
