/** What the error means that is looked for, and what to do about it in one's own tests. */

import { html, nothing } from "../vendor/lit-html.js";
import { drawCommand, quoteWord } from "../cell/commands.js";
import { drawSignatureText } from "../cell/verdict.js";
import { addressOf } from "../state.js";
import { drawProse } from "../prose.js";
import { quoteValue } from "./finder.js";
import { recognizeError } from "./recognize.js";
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

const STEPS = [
  ["ownCure", "Find what cures it in your own tests, by running copies of them"],
  ["signature", "Which habits lead to it, on which releases, and what was measured to cure it"],
];
