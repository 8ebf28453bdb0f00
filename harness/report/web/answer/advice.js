/** What common advice does: its effect on the newest release, and where that changed. */

import { html, nothing, svg } from "../vendor/lit-html.js";
import { drawAddress, drawProse } from "../prose.js";
import { describeRange } from "../ranges.js";
import { count } from "../text.js";
import { groupNeighbours } from "../neighbours.js";

const KINDS = { holds: "clean", partly: "warns", "does nothing": "none", harms: "reproduces" };
const WIDTH = 120;

/** @param {any} model */
export function drawAdvice(model) {
  const measured = model.data.advice.filter((one) => !one.unmeasured);
  const rest = model.data.advice.filter((one) => one.unmeasured);
  if (!measured.length) return nothing;
  return html`<section aria-labelledby="advice"><h2 id="advice">Does the usual advice help?</h2>
    <p>Each piece was followed in every cell that it speaks of, and nothing else was changed. The bar shows what became of
      the cells with an error; a red one below it, of those without.</p>
    <ul class="advices">${measured.map((one) => html`<li>${drawOne(model, one)}</li>`)}</ul>
    ${rest.length ? html`<details><summary>${count(rest.length, "further piece")} of advice that these results don't tell much of</summary>
      <ul>${rest.map((one) => html`<li>${drawProse(one.text)} <span class="quiet">${one.unmeasured}</span></li>`)}</ul></details>` : nothing}
  </section>`;
}

function drawOne(model, one) {
  const system = chooseSystem(one);
  const effects = one.effects.filter((effect) => effect.system === system);
  const newest = effects.at(-1);
  const spans = groupNeighbours(effects, (effect) => effect.verdict);
  return html`<details class="advice"><summary>
      <span class="verdict word ${KINDS[newest.verdict] ?? "none"}" title=${model.data.meanings[newest.verdict] ?? ""}>${newest.verdict}</span>
      <span class="text">${drawProse(one.text)}</span>
      <span class="numbers">${drawBar(newest)}</span>
      <span class="earlier quiet">${spans.length > 1 ? drawSpans(model, effects, spans) : nothing}</span></summary>
    <div class="more">
      ${one.places.length ? html`<ul>${one.places.map((place) => html`<li>${drawProse(place)}</li>`)}</ul>` : nothing}
      <p class="quiet">${drawProse(one.change)}</p>
      <div class="wide" tabindex="0" role="region" aria-label="By release: ${one.name}"><table>
        <thead><tr><th scope="col">release</th><th scope="col">verdict</th><th scope="col">cures</th><th scope="col">harms</th></tr></thead>
        <tbody>${groupNeighbours(effects, (effect) => [effect.verdict, effect.cured, effect.failing, effect.harmed, effect.passing].join()).reverse().map((span) => drawRow(model, effects, span))}</tbody>
      </table></div>
      <p>Given in ${one.given.map((address, place) => html`${place ? ", " : ""}${drawAddress(address, shorten(address))}`)}.
        <code>${model.data.commands.advice?.replace("{name}", one.name)}</code></p>
    </div></details>`;
}

/** The system of most effects: the others are of runs of one's own. */
function chooseSystem(one) {
  const numbers = new Map();
  for (const { system } of one.effects) numbers.set(system, (numbers.get(system) ?? 0) + 1);
  return [...numbers].sort((a, b) => b[1] - a[1])[0][0];
}

function drawRow(model, effects, span) {
  const effect = span.at(-1);
  return html`<tr><th scope="row">${describeReleases(model, effects, span)}</th><td>${effect.verdict}</td>
    <td>${effect.cured.toLocaleString("en")} of ${effect.failing.toLocaleString("en")}</td><td>${effect.harmed.toLocaleString("en")} of ${effect.passing.toLocaleString("en")}</td></tr>`;
}

function drawSpans(model, effects, spans) {
  return html`before: ${spans.slice(0, -1).reverse().map((span, place) => html`${place ? ", " : ""}${span[0].verdict} ${describeReleases(model, effects, span)}`)}`;
}

/** Neighbours among the effects, in the words of `explain`. */
function describeReleases(model, effects, span) {
  const main = model.environments.findIndex((one) => one.main);
  const known = model.listReleases("pytest-asyncio", main);
  return describeRange(known, effects.map(({ release }) => release), span[0].release, span.at(-1).release);
}

/** Two bars: what it cures of the cells with an error, what it harms of those without. */
function drawBar(effect) {
  const cured = share(effect.cured, effect.failing);
  const harmed = share(effect.harmed, effect.passing);
  const text = `cures ${effect.cured.toLocaleString("en")} of ${count(effect.failing, "cell")}, harms ${effect.harmed.toLocaleString("en")} of ${effect.passing.toLocaleString("en")}`;
  return html`<svg class="gauge" width=${WIDTH} height="14" viewBox="0 0 ${WIDTH} 14" aria-hidden="true">
      ${svg`<rect class="ground" width=${WIDTH} height="8" rx="2"/><rect class="cured" width=${WIDTH * cured} height="8" rx="2"/>
      <rect class="ground" y="10" width=${WIDTH} height="4" rx="2"/><rect class="harmed" y="10" width=${WIDTH * harmed} height="4" rx="2"/>`}</svg>
    <span>${text}</span>`;
}

function share(part, whole) {
  return whole ? part / whole : 0;
}

/** An address without what all of them begin with. */
function shorten(address) {
  return address.replace(/^https?:\/\/(www\.)?/, "").replace(/#.*$/, "");
}
