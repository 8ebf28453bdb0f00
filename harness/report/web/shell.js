/** What stands around every view: title, navigation, the find box, the theme, and the foot. */

import { html, nothing } from "./vendor/lit-html.js";
import { drawAbsent } from "./absent.js";
import { addressOf } from "./state.js";
import { drawFind, isUnapplied } from "./find/box.js";
import { showHelp } from "./keys.js";
import { THEMES, readTheme, setTheme } from "./theme.js";

/**
 * The whole page.
 * @param {any} finder
 * @param {any} state
 * @param {{name: string, label: string}[]} links the views that the navigation names
 * @param {any} content the view, drawn
 */
export function drawShell(finder, state, links, content) {
  const { model } = finder;
  const find = state.settings.get("find");
  const unapplied = isUnapplied(finder, state);
  return html`<a class="skip" href="#main" @click=${skipToMain}>Skip to the content</a>
    <header class="top noprint">
      <a class="home" href="#/answer">${model.data.title}</a>
      <nav aria-label="Views">${links.map(
        ({ name, label }) => html`<a href=${addressOf(name, "", { find })} aria-current=${name === state.view ? "page" : "false"}>${label}</a>`,
      )}</nav>
      ${drawFind(finder, state)}
      <span class="tools">
        <label class="theme"><span class="hidden">Theme</span>
          <select @change=${(event) => setTheme(event.target.value)}>${THEMES.map(
            (theme) => html`<option value=${theme} ?selected=${theme === readTheme()}>${theme}</option>`,
          )}</select></label>
        <button type="button" class="chip" aria-label="Keyboard help" @click=${showHelp}>?</button>
      </span>
    </header>
    <main id="main" tabindex="-1" class=${unapplied ? "unapplied" : nothing}>${unapplied ? drawUnapplied(state.query) : nothing}
      ${drawAbsent(model, state.settings)}${content}</main>
    <footer class="foot"><p>${model.data.sources} Made ${model.data.made.slice(0, 10)} by valkey-loop-matrix
      ${model.data.version}. <a href="#/about">About these results, licences</a></p></footer>`;
}

function drawUnapplied({ text }) {
  const before = text.trim() ? html`what <code>${text}</code> finds` : "everything";
  return html`<p class="not-applied" role="status"><strong>Not applied:</strong> what is in the find box can't be read. Below is still ${before}.</p>`;
}

/** The skip link's address would be read as a view's. */
function skipToMain(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}
