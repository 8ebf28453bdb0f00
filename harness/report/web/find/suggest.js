/** What can be typed next. */

import { addressOf } from "../state.js";
import { LONGEST, quoteValue } from "./finder.js";
import { RANGES } from "./query.js";
import { looksPasted, recognizeError } from "./recognize.js";
import { MEANINGS } from "./vocabulary.js";

const MOST = 12;
const CELLS = 4;
const TOKEN = /([a-z][a-z-]*):([^\s()"]*)$/;
const CONDITION = /([\w-]+)\s*(?:!=|==?|\b(?:not\s+)?in\s*\()\s*((?:[\w.+-]*\s*,\s*)*)([\w.+-]*)$/;
const WORD = /[^\s()"]*$/;

/**
 * Offers for the place of the caret.
 * @param {string} text
 * @param {number} caret
 * @param {any} finder
 * @returns {{label: string, detail: string, text: string, from: number, to: number, address?: string}[]}
 */
export function suggest(text, caret, finder) {
  if (text.length > LONGEST) return [];
  const signature = recognizePasted(text, finder);
  if (signature !== null) {
    const term = `signature:${quoteValue(signature.name)}`;
    return [{ label: term, detail: signature.title, text: term, from: 0, to: text.length }];
  }
  const before = text.slice(0, caret);
  if ((before.match(/"/g)?.length ?? 0) % 2) return [];
  const { part, offers } = findOffers(before, finder);
  const from = caret - part.length;
  const to = caret + text.slice(caret).match(/^[^\s(),"]*/)[0].length;
  return rank(offers, part)
    .slice(0, MOST)
    .map((offer) => ({ detail: "", label: offer.text, ...offer, from, to }));
}

/** The known error that a text is, as long as nobody writes a query. */
function recognizePasted(text, finder) {
  const query = finder.read(text);
  return query.error === null || looksPasted(text, finder.vocabulary) ? recognizeError(finder.model, query) : null;
}

function findOffers(before, finder) {
  const { axes, keys } = finder.vocabulary;
  const token = before.match(TOKEN);
  if (token && keys.has(token[1])) {
    const part = token[2].slice(token[2].lastIndexOf(",") + 1);
    return { part, offers: listValues(token[1], finder) };
  }
  const condition = before.match(CONDITION);
  if (condition && axes.has(condition[1])) return { part: condition[3], offers: listAxisValues(condition[1], finder) };
  const part = before.match(WORD)[0];
  return { part, offers: [...listKeys(finder), ...listTerms(finder, part)] };
}

function listValues(key, { vocabulary, model }) {
  if (RANGES.includes(key)) {
    const releases = [...new Set(model.environments.filter(({ main }) => main).map(({ dimensions }) => dimensions["pytest-asyncio"]))];
    return releases.slice(1).map((release, place) => ({ text: `${releases[place]}..${release}` })).reverse();
  }
  const details = new Map(model.signatures.map(({ name, title }) => [name, title]));
  return vocabulary.keys.get(key).map((value) => ({
    text: quoteValue(value),
    detail: details.get(value) ?? model.data.statuses[value] ?? "",
  }));
}

function listAxisValues(name, { model }) {
  const axis = model.axes[model.axisNumber.get(name)];
  return axis.values.map((value) => ({ text: value.name, detail: value.meaning }));
}

function listKeys({ vocabulary, model }) {
  return [
    ...[...vocabulary.keys.keys()].map((key) => ({ text: `${key}:`, detail: MEANINGS[key] ?? "these environments alone" })),
    ...model.axes.map((axis) => ({ text: `${axis.name}=`, detail: axis.question })),
  ];
}

/** Whole terms, once something of their value is typed. */
function listTerms(finder, part) {
  if (!part) return [];
  const { model } = finder;
  const terms = [
    ...model.axes.flatMap((axis) => axis.values.map((value) => [`${axis.name}=`, value.name, value.meaning])),
    ...["verdict", "signature"].flatMap((key) => listValues(key, finder).map(({ text, detail }) => [`${key}:`, text, detail])),
  ];
  return [
    ...terms.map(([lead, value, detail]) => ({ text: `${lead}${value}`, detail, sought: value })),
    ...listCells(model, part),
  ];
}

function listCells(model, part) {
  if (part.length < 3) return [];
  const found = [];
  for (const id of model.cells) {
    if (id.includes(part)) found.push({ text: id, detail: "open this cell", address: addressOf("cell", id) });
    if (found.length === CELLS) break;
  }
  return found;
}

/** Those that begin with what was typed, then those that have it somewhere; what is complete already isn't offered. */
function rank(offers, part) {
  const sought = part.toLowerCase();
  const places = offers.map((offer) => [(offer.sought ?? offer.text).toLowerCase().indexOf(sought), offer]);
  const found = places.filter(([place, offer]) => place >= 0 && offer.text !== part);
  return [...found.filter(([place]) => place === 0), ...found.filter(([place]) => place > 0)].map(([, offer]) => offer);
}
