/** Where the results come from, what the words mean, and the licences of what is in the page. */

import { html } from "../vendor/lit-html.js";
import { STATUSES } from "../model.js";
import { drawUnresolvable } from "../unresolvable.js";

export function drawAbout(model) {
  const { data } = model;
  return html`<h1>About these results</h1>
    <p>${data.sources} Made ${data.made.replace("T", " ")} by valkey-loop-matrix ${data.version}.</p>
    <h2>Verdicts</h2>
    <table>
      <caption>Where a square is split, its left half is the test bodies alone and its right half what is put away.</caption>
      <thead><tr><th scope="col">letter</th><th scope="col">verdict</th><th scope="col">meaning</th></tr></thead>
      <tbody>${STATUSES.map((status) => html`<tr>
        <td><span class="verdict ${status.kind}">${status.letter}</span></td>
        <th scope="row">${status.name}</th><td>${data.statuses[status.name]}</td></tr>`)}</tbody>
    </table>
    <h2>Axes</h2>
    ${model.axes.map((axis) => html`<details><summary><b>${axis.name}</b> <span class="quiet">${axis.question}</span></summary>
      <dl>${axis.values.map((value) => html`<dt><code>${value.name}</code></dt><dd>${value.meaning}</dd>`)}</dl></details>`)}
    <h2>Environments</h2>
    <div class="wide" tabindex="0" role="region" aria-label="Environments">
    <table>
      <thead><tr><th scope="col">environment</th><th scope="col">server</th><th scope="col">machine</th><th scope="col">packages</th></tr></thead>
      <tbody>${model.environments.map((one) => html`<tr><th scope="row">${one.heading}</th><td>${one.server}</td><td>${one.machine}</td>
        <td><details><summary>${one.freeze.length}</summary><pre class="plain">${one.freeze.join("\n")}</pre></details></td></tr>`)}</tbody>
    </table></div>
    ${drawUnresolvable(model)}
    <h2>Licences</h2>
    <p>In this page are:</p>
    <div class="licences">${document.getElementById("licences").content.cloneNode(true)}</div>`;
}
