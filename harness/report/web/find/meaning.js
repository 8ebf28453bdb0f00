/** What the error means that is looked for, and what to do about it in one's own tests. */

import { html, nothing } from "../vendor/lit-html.js";
import { drawCommand, quoteWord } from "../cell/commands.js";
import { drawSignatureText } from "../cell/verdict.js";
import { addressOf } from "../state.js";
import { drawProse } from "../prose.js";
import { quoteValue } from "./finder.js";
import { isText, recognizeError } from "./recognize.js";
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
  if (signature === null) return nothing;
  const { name, title } = signature;
  const find = `signature:${quoteValue(name)}`;
  return html`<details class="card known-error" open><summary><b>${drawProse(title)}</b> <code>${name}</code></summary>
    ${drawSignatureText(model, model.signatureNumber.get(name))}
    ${query.text.includes(find) ? nothing : html`<p><a href=${addressOf("matrix", "", { find })}>The cells with this error</a></p>`}
    <dl class="commands noprint">${STEPS.map(([command, what]) => html`<div><dt>${what}</dt>
      <dd>${drawCommand(model.data.commands[command].replace("{signature}", quoteWord(name)), what)}</dd></div>`)}</dl></details>`;
}

/** What is shown where a query selects no cell. */
export function drawNothingFound(model, query) {
  if (findError(model, query) !== null) return html`<p class="empty">No cell of these results shows this error. <a href="#/matrix">Show everything</a></p>`;
  if (!isText(query.root)) return html`<p class="empty">Nothing matches. <a href="#/matrix">Show everything</a></p>`;
  const explain = "Read a whole output, and name its errors";
  return html`<div class="empty"><p>Nothing matches: no known error has this text, and no cell of these results shows it.
      If it is of an error, paste the line that has its type and message, such as <code>RuntimeError: Event loop is closed</code>.
      <a href="#/matrix">Show everything</a></p>
    <dl class="commands noprint"><div><dt>${explain}</dt><dd>${drawCommand(model.data.commands.signature.replace("{signature}", "FILE"), explain)}</dd></div></dl></div>`;
}

const STEPS = [
  ["ownCure", "Find what cures it in your own tests, by running copies of them"],
  ["signature", "Which habits lead to it, on which releases, and what was measured to cure it"],
];
