/** The find box: a combobox that offers what can be typed, applies what can be read, and shows what can't. */

import { html, nothing } from "../vendor/lit-html.js";
import { addressOf, go, setSettings } from "../state.js";
import { requestDraw } from "../redraw.js";
import { showFound } from "./badge.js";
import { LONGEST, quoteValue } from "./finder.js";
import { looksPasted, pickLine, quoteLine, recognizeError } from "./recognize.js";
import { suggest } from "./suggest.js";

/** What was typed while the address had `base`; another address makes it the past. */
let typed = { text: "", base: "" };
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
  const base = state.query.text;
  const text = typed.base === base ? typed.text : base;
  const query = text === base ? state.query : finder.read(text);
  const shown = query.error !== null && (!hasFocus || offers.length === 0);
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
  </form>`;
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
  if (error !== null) go(addressOf("matrix", "", { find: `signature:${quoteValue(error.name)}` }));
  else if (query.error === null) showFound(state, text);
  else if (text.length <= LONGEST && looksPasted(text, finder.vocabulary)) go(addressOf("matrix", "", { find: quoteLine(text) || text }));
  requestDraw();
}

/** Of an output of several lines the one that names the error; the box would join them. */
function paste(event, finder, state) {
  const text = event.clipboardData.getData("text/plain");
  if (!/[\r\n]/.test(text.trim())) return;
  event.preventDefault();
  const { target } = event;
  target.setRangeText(pickLine(finder.model, text).slice(0, LONGEST), target.selectionStart, target.selectionEnd, "end");
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
  const head = input.value.slice(0, offer.from) + offer.text + (isWhole ? " " : "");
  input.value = head + input.value.slice(offer.to).replace(/^ /, isWhole ? "" : " ");
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
