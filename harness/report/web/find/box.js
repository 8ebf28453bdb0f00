/** The find box. */

import { html } from "../vendor/lit-html.js";
import { addressOf, go } from "../state.js";

export function drawFind(model, state) {
  return html`<form role="search" class="find" @submit=${search}>
    <label><span class="hidden">Find</span>
      <input id="find" type="search" autocomplete="off" spellcheck="false" .value=${state.settings.get("find") ?? ""}
        placeholder="Find: fixture_scope=session verdict:reproduces …  ( / )"></label>
  </form>`;
}

function search(event) {
  event.preventDefault();
  go(addressOf("matrix", "", { find: event.target.querySelector("input").value }));
}
