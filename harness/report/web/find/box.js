/** The find box: a combobox that offers what can be typed, applies what can be read, and shows what can't. */

import { html, nothing } from "../vendor/lit-html.js";
import { addressOf, go, setSettings } from "../state.js";
import { requestDraw } from "../redraw.js";
import { showFound } from "./badge.js";
import { LONGEST, quoteValue } from "./finder.js";
import { findUnanswered, looksPasted, pickLine, quoteLine, recognizeError } from "./recognize.js";
import { suggest } from "./suggest.js";

/** What was typed while the address had `base`; another address makes it the past. */
let typed = { text: "", base: "" };
/** What of a pasted output isn't in the box, as long as this text is there. */
let pasted = { text: "", left: 0, others: [] };
let offers = [];
let active = -1;
let hasFocus = false;
/** Whether the back button leads to what was there before the typing began. */
let kept = false;

/**
 * @param {any} finder
 * @param {any} state with the address's query
 */
export function drawFind(finder, state) {
  const query = readTyped(finder, state);
  const { text } = query;
  const shown = showsError(query);
  return html`<form role="search" class="find" @submit=${(event) => submit(event, finder, state)}>
    <label class="hidden" for="find">Find</label>
    <input id="find" type="text" role="combobox" autocomplete="off" autocapitalize="off" spellcheck="false"
      aria-autocomplete="list" aria-expanded=${offers.length > 0} aria-controls="find-offers"
      aria-activedescendant=${active < 0 ? nothing : `find-offer-${active}`}
      aria-invalid=${shown} aria-describedby="find-error" placeholder="Paste an error, or find habits, verdict:, signature: …  ( / )"
      .value=${text} @input=${(event) => type(event.target, finder, state)} @paste=${(event) => paste(event, finder, state)}
      @keydown=${(event) => press(event, finder, state)}
      @focus=${() => focus(true)} @blur=${() => focus(false)}>
    ${text ? html`<button type="button" class="clear" aria-label="Clear" @click=${clear}>×</button>` : nothing}
    <ul id="find-offers" role="listbox" aria-label="What can be typed" ?hidden=${offers.length === 0}>${offers.map(
      (offer, place) => html`<li id="find-offer-${place}" role="option" aria-selected=${place === active}
        @pointerdown=${(event) => event.preventDefault()} @click=${() => choose(offer, finder, state)}><code>${offer.label}</code>
        <span class="quiet">${offer.detail}</span></li>`,
    )}</ul>
    <div id="find-error" aria-live="polite">${shown ? drawError(query) : nothing}</div>
    <div id="find-note" aria-live="polite">${pasted.left && pasted.text === text ? drawPasted(finder.model) : nothing}</div>
  </form>`;
}

/** The query in the box: the address's, or what was typed since. */
function readTyped(finder, { query }) {
  return typed.base !== query.text || typed.text === query.text ? query : finder.read(typed.text);
}

function showsError({ error }) {
  return error !== null && (!hasFocus || offers.length === 0);
}

/** Whether the box has what can't be read, and the view is still that of the query before. */
export function isUnapplied(finder, state) {
  const query = readTyped(finder, state);
  return state.finds && query !== state.query && showsError(query);
}

function drawPasted(model) {
  const { left, others } = pasted;
  const links = others.map(({ name }) => html` <a href=${addressOf("matrix", "", { find: `signature:${quoteValue(name)}` })}>${name}</a>`);
  return html`<p class="quiet">One of ${left + 1} pasted lines was read.${others.length ? html` The others name${links} as well.` : nothing}
    <code>${model.data.commands.signature.replace("{signature}", "FILE")}</code> reads them all.</p>`;
}

function drawError({ text, error }) {
  return html`<p><b>${error.message}</b> ${error.remedy}</p>
    ${text.length > LONGEST ? nothing : html`<pre>${text.replaceAll(/\s/g, " ")}
${" ".repeat(error.position)}^</pre>`}`;
}

function type(input, finder, state) {
  offers = suggest(input.value, input.selectionStart, finder);
  active = -1;
  apply(input.value, finder, state);
}

/** Filter at once where the view does that and the text can be read; the address has it then. */
function apply(text, finder, state) {
  typed = { text, base: state.query.text };
  if (state.finds && finder.read(text).error === null) {
    typed.base = text;
    showFound(state, text, { replace: kept });
    kept = true;
  }
  requestDraw();
}

function submit(event, finder, state) {
  event.preventDefault();
  const text = event.target.querySelector("input").value;
  offers = [];
  active = -1;
  hasFocus = false; // the error shows, if there is one
  const query = finder.read(text);
  const error = recognizeError(finder.model, query);
  const unanswered = findUnanswered(finder.model, query);
  if (error !== null) lead(text, `signature:${quoteValue(error.name)}`);
  else if (unanswered) lead(text, query.error === null ? text : `"${unanswered}"`);
  else if (query.error === null) showFound(state, text);
  else if (text.length <= LONGEST && looksPasted(text, finder.vocabulary)) lead(text, quoteLine(text) || text);
  requestDraw();
}

/** To the matrix, with a query that stands for the text. */
function lead(text, find) {
  keepNote(text, find);
  go(addressOf("matrix", "", { find }));
}

/** What wasn't read of a pasted output isn't read either where another text stands for the one that was. */
function keepNote(before, after) {
  if (pasted.text === before) pasted = { ...pasted, text: after };
}

/** Of an output of several lines the one that names the error; the box would join them. */
function paste(event, finder, state) {
  const text = event.clipboardData.getData("text/plain");
  if (!/[\r\n]/.test(text.trim())) return;
  event.preventDefault();
  const { target } = event;
  const { line, left, others } = pickLine(finder.model, text);
  target.setRangeText(line.slice(0, LONGEST), target.selectionStart, target.selectionEnd, "end");
  pasted = { text: target.value, left, others };
  type(target, finder, state);
}

function clear() {
  typed = { text: "", base: "" };
  offers = [];
  kept = false;
  setSettings({ find: "" });
  requestDraw();
  document.getElementById("find").focus();
}

function press(event, finder, state) {
  const { key, target } = event;
  if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    if (!offers.length) offers = suggest(target.value, target.selectionStart, finder);
    else active = key === "ArrowDown" ? Math.min(active + 1, offers.length - 1) : Math.max(active - 1, -1);
  } else if (key === "Escape") {
    if (offers.length) event.preventDefault();
    offers = [];
    active = -1;
  } else if ((key === "Enter" || key === "Tab") && active >= 0) {
    event.preventDefault();
    choose(offers[active], finder, state);
  } else {
    return;
  }
  requestDraw();
  requestAnimationFrame(() => document.getElementById(`find-offer-${active}`)?.scrollIntoView({ block: "nearest" }));
}

function choose(offer, finder, state) {
  const input = document.getElementById("find");
  offers = [];
  active = -1;
  if (offer.address) {
    go(offer.address);
    requestDraw();
    return;
  }
  const isWhole = !/[:=]$/.test(offer.text);
  const before = input.value;
  const head = before.slice(0, offer.from) + offer.text + (isWhole ? " " : "");
  input.value = head + before.slice(offer.to).replace(/^ /, isWhole ? "" : " ");
  if (offer.from === 0 && offer.to === before.length) keepNote(before, input.value);
  input.setSelectionRange(head.length, head.length);
  if (!isWhole) offers = suggest(input.value, head.length, finder);
  apply(input.value, finder, state);
}

function focus(now) {
  hasFocus = now;
  kept = false;
  if (!now) offers = [];
  requestDraw();
}
