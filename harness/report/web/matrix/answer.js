/** The short answer to what the pointer or the focus is on: a card beside it. */

import { html, nothing, render } from "../vendor/lit-html.js";
import { STATUSES, rankOf } from "../model.js";
import { drawNames, writeNames } from "../names.js";
import { describeStatus } from "../prose.js";
import { count } from "../text.js";
import { describeCounts } from "./squares.js";

const card = document.createElement("div");
card.id = "short-answer";
card.className = "card answer";
card.setAttribute("role", "tooltip");
card.hidden = true;
let described = null;

/** Put the card beside an element of the matrix, or away without one. */
export function showAnswer(content, element) {
  described?.removeAttribute("aria-describedby");
  described = element;
  card.hidden = !content;
  if (!content) return;
  if (!card.isConnected) document.body.append(card);
  render(content, card);
  element.setAttribute("aria-describedby", card.id);
  const { left, top, bottom } = element.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = card;
  const below = bottom + 6 + offsetHeight < innerHeight;
  card.style.left = `${Math.max(8, Math.min(left, innerWidth - offsetWidth - 8))}px`;
  card.style.top = `${below ? bottom + 6 : Math.max(8, top - 6 - offsetHeight)}px`;
}

/** What to know of a cell's outcome at once. */
export function describeOutcome(model, cell, environment) {
  const verdict = model.verdict(cell, environment);
  const status = STATUSES[rankOf(verdict.status)];
  const samples = model.data.samples[environment]?.[cell] ?? [];
  return html`<p class="hidden">${model.cells[cell]}</p>
    <p><span class="verdict ${status.kind}">${status.letter}</span> <b>${drawNames(model, verdict.label)}</b>
      ${verdict.pattern ? html`<code title="a letter for each test">${verdict.pattern}</code>` : nothing}</p>
    <p class="quiet">${model.environments[environment].heading}</p>
    ${verdict.body === verdict.cleanup ? nothing : html`<p>test body: ${describeStatus(verdict.body ?? "clean")}, cleanup: ${describeStatus(verdict.cleanup ?? "clean")}</p>`}
    ${samples.length ? html`<p>Runs differ: ${samples.map((number) => writeNames(model, model.verdicts[number].label)).join(" · ")}</p>` : nothing}
    ${model.data.unstable[cell] ? html`<p class="quiet">Not stable: ${model.data.unstable[cell]}</p>` : nothing}
    ${drawText(findText(model, verdict))}`;
}

/** What to know of a bar. */
export function describeBar(row, place, column) {
  const { line } = row;
  const { same } = line;
  return html`<p><b>${row.path}</b>, ${column.label}</p>
    <p>${describeCounts(line.counts[place])}</p>
    <p class="quiet">of ${count(line.totals[place], "cell")}, by the worst run in each environment${same ? ", over the same cells as the others of this row" : ""}</p>`;
}

function drawText(text) {
  return text ? html`<p class="text"><code>${text}</code></p>` : nothing;
}

/** The first text that says what went wrong. */
function findText(model, verdict) {
  const finding = verdict.findings?.find(({ text }) => text >= 0);
  const unnamed = verdict.unnamed?.[0];
  if (finding) return model.data.texts[finding.text];
  return unnamed ? unnamed.text : verdict.reason || verdict.ending || "";
}
