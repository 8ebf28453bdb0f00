/** A value that one can click to find what else has it. */

import { html } from "../vendor/lit-html.js";
import { addressOf, go, setSettings } from "../state.js";

/**
 * Show what a query selects, in the present view if that does so, else in the matrix.
 * @param {any} state the view's
 * @param {string} find the query
 */
export function showFound(state, find, options) {
  if (state.finds) setSettings({ find }, options);
  else go(addressOf("matrix", "", { find }));
}

/**
 * A badge: a click puts its term into the find box in the place of another value of the same kind, Ctrl-click beside it.
 * @param {any} state the view's, with its query
 * @param {{key: string, value: string}} term an axis or a token's key, and a value
 * @param {any} text what is shown
 */
export function drawBadge(state, term, text = term.value) {
  const toggle = (event) => showFound(state, state.query.toggle(term, { combine: event.ctrlKey || event.metaKey }));
  return html`<button type="button" class="chip" aria-pressed=${state.query.has(term)} title="find ${term.key}: ${term.value}"
    @click=${toggle}>${text}</button>`;
}
