/** A unified diff as text, in the colours of a diff. */

import { html } from "../vendor/lit-html.js";
import { drawCopy } from "../copy.js";

/** The class of a line by how it begins. */
function classOf(line) {
  if (/^(\+\+\+|---|diff |index |new file|deleted file|old mode|new mode)/.test(line)) return "hunk";
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "";
}

/** @param {string} patch */
export function drawPatch(patch) {
  const lines = patch.replace(/\n$/, "").split("\n");
  return html`<div class="changed"><div class="bar"><span class="quiet">as git apply takes it</span>${drawCopy(() => patch, "the patch")}</div>
    <pre class="code patch" tabindex="0" aria-label="Patch"><code>${lines.map((line) => html`<span class="line ${classOf(line)}">${line}</span>`)}</code></pre></div>`;
}
