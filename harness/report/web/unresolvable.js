/** Versions that were asked for and could not be installed together: there is no column for them. */

import { html, nothing } from "./vendor/lit-html.js";
import { count } from "./text.js";

/** How many there are, and why each. */
export function drawUnresolvable(model) {
  const { unresolvable } = model.data;
  if (!unresolvable.length) return nothing;
  return html`<details class="unresolvable"><summary>${count(unresolvable.length, "environment")} could not be installed</summary>
    <ul>${unresolvable.map(({ id, reason }) => html`<li><b>${id}</b> <span class="quiet">${reason}</span></li>`)}</ul></details>`;
}
