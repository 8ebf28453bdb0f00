/** Fills the matrix's elements: heads, rows, squares. Made once and filled again for each row that comes into sight. */

import { addressOf } from "../state.js";
import { STATUSES, rankOf } from "../model.js";
import { classOf, describeCounts, makeBar, writeShare } from "./squares.js";

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
    this.find = find;
    this.classes = model.verdicts.map(classOf);
    this.letters = model.verdicts.map(({ status }) => STATUSES[rankOf(status)].letter);
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
    const head = make("div", "name", "rowheader");
    head.append(make("a"));
    row.append(head);
    return row;
  }

  fillRow(element, row, number) {
    while (element.children.length > this.table.columns.length + 1) element.lastElementChild.remove();
    while (element.children.length < this.table.columns.length + 1) {
      const slot = make("div", "slot", "gridcell");
      slot.append(make("a"));
      slot.setAttribute("aria-colindex", element.children.length + 1);
      element.append(slot);
    }
    element.setAttribute("aria-level", row.level + 1);
    element.className = `row ${row.kind} ${number % 2 ? "odd" : ""}`;
    if (row.kind === "cell") this.fillCell(element, row);
    else this.fillGroup(element, row);
  }

  fillCell(element, { cell, level }) {
    const { model, table } = this;
    element.removeAttribute("aria-expanded");
    const id = model.cells[cell];
    const name = this.replaceHead(element, "a");
    name.href = addressOf("cell", id, { find: this.find });
    name.title = id;
    setName(name, id, level, "");
    table.columns.forEach(({ environments }, place) => {
      const link = element.children[place + 1].firstElementChild;
      const environment = table.pickEnvironment(cell, environments);
      const number = environment === undefined ? -1 : model.outcomes[environment][cell];
      this.fillSquare(link, number, id, environment);
    });
  }

  fillSquare(link, number, id, environment) {
    link.style.backgroundImage = "";
    if (number < 0) {
      showEmpty(link, "not measured");
      return;
    }
    link.removeAttribute("role");
    const mixed = this.model.isMixed(this.model.cellNumber.get(id), environment);
    link.className = mixed ? `${this.classes[number]} mixed` : this.classes[number];
    link.textContent = this.letters[number];
    link.href = addressOf("cell", id, { environment: this.model.environments[environment].id, find: this.find });
    link.setAttribute("aria-label", this.model.verdicts[number].label);
  }

  fillGroup(element, row) {
    const { line, label, level } = row;
    if (row.foldable) element.setAttribute("aria-expanded", row.open);
    else element.removeAttribute("aria-expanded");
    const name = this.replaceHead(element, "button");
    name.title = row.title ?? "";
    name.disabled = !row.foldable && row.terms.length === 0;
    name.onclick = (event) => (row.foldable ? this.fold(row) : this.actions.find(row.terms.at(-1), event));
    setName(name, label, level, row.foldable ? (row.open ? "▾" : "▸") : "", writeTotal(row));
    line.counts.forEach((counts, place) => this.fillBar(element.children[place + 1].firstElementChild, counts, line.totals[place], line.same));
  }

  fillBar(link, counts, total, same) {
    if (!total) {
      showEmpty(link, "none ran");
      return;
    }
    link.removeAttribute("href");
    link.setAttribute("role", "button");
    link.className = "bar";
    link.style.backgroundImage = makeBar(counts, total);
    link.textContent = writeShare(counts, total);
    link.setAttribute("aria-label", `${describeCounts(counts)} of ${total}`);
    if (!same) link.append(make("small", "", "", `/${total.toLocaleString("en")}`));
  }

  replaceHead(element, tag) {
    const slot = element.firstElementChild;
    let name = slot.firstElementChild;
    if (name.localName !== tag) {
      name = make(tag);
      if (tag === "button") name.type = "button";
      name.tabIndex = -1;
      slot.replaceChildren(name);
    }
    return name;
  }
}

function showEmpty(link, label) {
  link.className = "empty";
  link.textContent = "";
  link.style.backgroundImage = "";
  link.removeAttribute("href");
  link.setAttribute("role", "img");
  link.setAttribute("aria-label", label);
}

function writeTotal({ cells, line }) {
  const all = cells.length.toLocaleString("en");
  return line.same && line.cells !== cells.length ? `${line.cells.toLocaleString("en")} of ${all}` : all;
}

function setName(name, text, level, sign, total = "") {
  name.className = `level${Math.min(level, 3)}`;
  name.replaceChildren(make("span", "sign", "", sign), make("span", "text", "", text), make("span", "total", "", total));
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
