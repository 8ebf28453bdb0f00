/** The keys that work in every view, and the list of them. */

import { html, render } from "./vendor/lit-html.js";

const KEYS = [
  ["/", "go to the find box"],
  ["?", "show this list"],
  ["Escape", "close what is open"],
  ["← ↑ → ↓", "in the matrix: go from cell to cell"],
  ["Home End Page↑ Page↓", "in the matrix: to the first or last column, a page up or down; with Ctrl to the first or last row"],
  ["Enter", "in the matrix: open the cell, or fold and unfold the group"],
  ["n p", "in a cell or a comparison: the next or previous one"],
];

/** Listen for them. */
export function listenForKeys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "/") focusFind(event);
    if (event.key === "?") showHelp();
    document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`)?.click();
  });
}

/** Whether keys are text there. */
function isTyping(element) {
  return element.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") ?? false;
}

function focusFind(event) {
  event.preventDefault();
  document.getElementById("find").focus();
}

/** Show the list of keys. */
export function showHelp() {
  const dialog = document.createElement("dialog");
  dialog.className = "card help";
  dialog.setAttribute("aria-labelledby", "help-title");
  dialog.addEventListener("close", () => dialog.remove());
  render(
    html`<h2 id="help-title">Keys</h2>
      <table><tbody>${KEYS.map(([keys, meaning]) => html`<tr><th scope="row">${keys.split(" ").map((key) => html`<kbd>${key}</kbd> `)}</th><td>${meaning}</td></tr>`)}</tbody></table>
      <h2>Find</h2>
      <table><tbody>
        <tr><th scope="row"><code>RuntimeError: Event loop is closed</code></th><td>a pasted line: what the error means, what to do, and the cells with it</td></tr>
        <tr><th scope="row"><code>fixture_scope=session and not cleanup_style=none</code></th><td>cells, in the selection language of <code>--select</code></td></tr>
        <tr><th scope="row"><code>verdict:reproduces,fails</code></th><td>cells with such a verdict in an environment that is shown</td></tr>
        <tr><th scope="row"><code>everywhere:clean</code></th><td>cells with this verdict in each environment that is shown, as far as they ran</td></tr>
        <tr><th scope="row"><code>signature:loop-closed</code></th><td>with this error; <code>root:</code> and <code>surface:</code> for its place in a chain of errors</td></tr>
        <tr><th scope="row"><code>python:3.13 pytest-asyncio:1.4.1,1.5.0</code></th><td>these environments alone</td></tr>
        <tr><th scope="row"><code>changed:1.4.1..1.5.0</code></th><td>another outcome after than before; <code>worse:</code> and <code>better:</code> for one direction</td></tr>
        <tr><th scope="row"><code>changed:0.26.0/clean..1.0.0/reproduces</code></th><td>was this, is now that</td></tr>
        <tr><th scope="row"><code>"attached to a different loop"</code></th><td>this text in an error or in a cell's id; without quotes, each word</td></tr>
      </tbody></table>
      <form method="dialog"><button class="chip">Close</button></form>`,
    dialog,
  );
  document.body.append(dialog);
  dialog.showModal();
}
