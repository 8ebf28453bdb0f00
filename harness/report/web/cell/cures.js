/** What cures a cell: the nearest cells that are better, each as a patch. */

import { html, nothing } from "../vendor/lit-html.js";
import { peekBlock } from "../blocks.js";
import { hasRun } from "../model.js";
import { capitalize, drawProse, drawStatus } from "../prose.js";
import { addressOf } from "../state.js";
import { findCures } from "./cured.js";
import { drawDiff } from "./code.js";
import { drawCommands } from "./commands.js";

/** The section, where there is something to cure. */
export function drawCures(model, suites, cell, environment) {
  const verdict = model.verdict(cell, environment);
  if (verdict?.status === "clean" || !hasRun(verdict?.status)) return nothing;
  const block = peekBlock("cures");
  const isRead = block !== undefined && suites !== undefined;
  const { place: where, cures } = findCures(model, block?.cures ?? {}, cell, environment);
  const drawOne = (cure, place) => drawCure(model, { suites, changes: block.changes }, { cell, cure, environment: where, place });
  return html`<section aria-labelledby="cures"><h2 id="cures">What cures it</h2>
    ${isRead ? nothing : html`<p class="quiet">Reading the cures …</p>`}
    ${isRead && where !== environment ? html`<p class="quiet">Measured on ${model.environments[where].heading}.</p>` : nothing}
    ${isRead && cures.length ? html`<ol class="cures">${cures.map(drawOne)}</ol>` : nothing}
    ${isRead && !cures.length ? drawNone(model, cell, environment) : nothing}
  </section>`;
}

function drawNone(model, cell, environment) {
  return html`<p>The page has no measured cure of this cell in this environment. This looks for one:</p>
    ${drawCommands(model, cell, environment, ["cure"])}`;
}

function drawCure(model, { suites, changes }, { cell, cure, environment, place }) {
  const values = listChanged(model, cell, cure);
  const address = addressOf("cell", model.cells[cure], { environment: model.environmentKey(environment) });
  return html`<li><details ?open=${place === 0}>
      <summary>${drawStatus(model.verdict(cure, environment)?.status ?? "")}
        ${values.map(({ axis, after }) => html`<code>${axis}=${after.name}</code> `)}<span class="quiet">instead of
        ${values.map(({ before }) => before.name).join(", ")}</span></summary>
      <p>${values.map(({ after }) => html`${drawProse(capitalize(after.words || after.meaning))}. `)}<a href=${address}>Look at that cell</a></p>
      ${drawDiff(suites, changes, cell, cure)}
    </details></li>`;
}

/** The values in which two cells differ. */
function listChanged(model, cell, other) {
  const [befores, afters] = [cell, other].map((number) => model.values[number]);
  return model.axes
    .map(({ name, values }, place) => ({ axis: name, before: values[befores[place]], after: values[afters[place]] }))
    .filter(({ before, after }) => before !== after);
}
