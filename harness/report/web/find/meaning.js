/** What the error means that is looked for, and what to do about it in one's own tests. */

import { html, nothing } from "../vendor/lit-html.js";
import { drawCommand, quoteWord } from "../cell/commands.js";
import { drawSignatureText } from "../cell/verdict.js";
import { addressOf } from "../state.js";
import { drawProse } from "../prose.js";
import { quoteValue } from "./finder.js";
import { findUnanswered, isText, recognizeError } from "./recognize.js";
import { listTerms } from "./query.js";

/** The error that a query names or is the text of; null where it is about none or about several. */
function findError(model, query) {
  const named = listTerms(query.root).filter(({ key }) => key === "signature").flatMap(({ values }) => values);
  if (named.length === 1) return model.signatures[model.signatureNumber.get(named[0])] ?? null;
  return named.length ? null : recognizeError(model, query);
}

/** @param {any} model @param {any} query */
export function drawMeaning(model, query) {
  const signature = findError(model, query);
  if (signature === null) return findUnanswered(model, query) ? drawUnanswered(model) : nothing;
  const { name, title } = signature;
  const find = `signature:${quoteValue(name)}`;
  return html`<details class="card known-error" open><summary><b>${drawProse(title)}</b> <code>${name}</code></summary>
    ${drawSignatureText(model, model.signatureNumber.get(name))}
    ${query.text.includes(find) ? nothing : html`<p><a href=${addressOf("matrix", "", { find })}>The cells with this error</a></p>`}
    ${drawSteps(model, name, STEPS)}</details>`;
}

function drawUnanswered(model) {
  return html`<div class="card unanswered"><p><b>No server is listening</b></p>
    <p>Nobody answers where the tests look for their server, so what they do to event loops can't be seen. These bring a server:</p>
    ${drawSteps(model, "", [["ownRun", "Watch your tests, and find the lines that lead to an error"], ["ownMatrix", "Run your tests on other versions"]])}</div>`;
}

function drawSteps(model, name, steps) {
  return html`<dl class="commands noprint">${steps.map(([command, what]) => html`<div><dt>${what}</dt>
    <dd>${drawCommand(model.data.commands[command].replace("{signature}", quoteWord(name)), what)}</dd></div>`)}</dl>`;
}

/** What is shown where a query selects no cell. */
export function drawNothingFound(model, query) {
  if (findError(model, query) !== null || findUnanswered(model, query)) return html`<p class="empty">No cell of these results shows this error. <a href="#/matrix">Show everything</a></p>`;
  if (!isText(query.root)) return html`<p class="empty">Nothing matches. <a href="#/matrix">Show everything</a></p>`;
  return html`<div class="empty"><p>Nothing matches: the find box knows no error by this text, and no cell of these results shows it.
      If it is of an error, paste the line that has its type and message, such as <code>RuntimeError: Event loop is closed</code>.
      <a href="#/matrix">Show everything</a></p>
    ${drawSteps(model, "FILE", [["signature", "Read a whole output: this knows more errors than the find box"]])}</div>`;
}

const STEPS = [
  ["ownCure", "Find what cures it in your own tests, by running copies of them"],
  ["signature", "Which habits lead to it, on which releases, and what was measured to cure it"],
];
