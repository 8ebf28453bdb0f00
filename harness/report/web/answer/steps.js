/** What changed from one release to the next, newest first: how many cells, and each cause as a sentence. */

import { html, nothing, svg } from "../vendor/lit-html.js";
import { drawNames } from "../names.js";
import { drawProse } from "../prose.js";
import { addressOf, addressWith } from "../state.js";
import { count } from "../text.js";
import { groupNeighbours } from "../neighbours.js";

const PLUGIN = "pytest-asyncio";
const NAMES = { [PLUGIN]: "releases of pytest-asyncio", python: "Pythons", client: "clients", pytest: "releases of pytest" };
const MOST = 3;
const WIDTH = 220;

/** What became of cells, in the order of the bar, each with a class and words. */
const PARTS = [
  { kinds: ["appeared"], kind: "worse", words: "worse" },
  { kinds: ["disappeared"], kind: "better", words: "better" },
  { kinds: ["became expressible"], kind: "aside", words: "newly expressible" },
  { kinds: ["became not expressible"], kind: "aside", words: "no longer expressible" },
  { kinds: ["other error", "other channel", "unstable"], kind: "other", words: "otherwise" },
];

/** @param {any} model @param {any} state */
export function drawSteps(model, state) {
  const dimensions = Object.keys(NAMES).filter((name) => model.data.steps.some((step) => step.dimension === name));
  if (!dimensions.length) return nothing;
  const asked = state.settings.get("steps");
  const dimension = dimensions.includes(asked) ? asked : dimensions[0];
  const steps = model.data.steps.filter((step) => step.dimension === dimension);
  return html`<section aria-labelledby="steps"><h2 id="steps">What changed between ${NAMES[dimension]}?</h2>
    ${dimensions.length > 1 ? html`<p class="chips noprint">${dimensions.map(
      (name) => html`<a class="chip" href=${addressWith({ steps: name === dimensions[0] ? "" : name })} aria-current=${name === dimension}>${NAMES[name]}</a>`,
    )}</p>` : nothing}
    <ol class="steps">${groupSteps(steps).map((group) => (isQuiet(group[0]) ? drawQuiet(model, group) : drawStep(model, group[0])))}</ol>
  </section>`;
}

/** How the newest release that changed anything did that, in a sentence; nothing where none is known. */
export function drawLately(model) {
  const steps = model.data.steps.filter((step) => step.dimension === PLUGIN);
  const last = steps.findLast((step) => !isQuiet(step));
  if (!last) return nothing;
  const quiet = steps.slice(steps.indexOf(last) + 1);
  return html`<p class="card lately"><b>Changed lately:</b>
    ${quiet.length ? html`nothing in pytest-asyncio ${quiet.map((step) => nameValue(model, step, step.after)).join(", ")}.` : nothing}
    From ${nameFirst(model, last)} to ${nameValue(model, last, last.after)} (${model.environments[last.after].released || "unreleased"}) ${count(countChanged(last), "cell")}
    of ${countCompared(last).toLocaleString("en")} changed: ${describeParts(last)}${last.also.length ? html`; also different: ${last.also.join(", ")}` : nothing}. <a href=${compareAddress(model, last)}>Compare</a></p>`;
}

function isQuiet(step) {
  return step.changes.length === 0;
}

/** Newest first; neighbours without a change are together. Steps of another release don't follow each other. */
function groupSteps(steps) {
  const ordered = [...steps].reverse();
  return groupNeighbours(ordered, (step) => (isQuiet(step) ? "" : ordered.indexOf(step)));
}

function drawQuiet(model, group) {
  const steps = [...group].reverse();
  const chains = chain(steps);
  const cells = Math.min(...group.map(countCompared));
  return html`<li class="step quiet"><b class="from">${chains.map((one, place) => html`${place ? ", " : ""}${one.map((value, at) => html`${at ? " → " : ""}${value(model)}`)}`)}</b>
    <span>nothing changed in ${count(cells, "cell")}</span></li>`;
}

/** Steps of which one begins where the other ends, as one row of names. */
function chain(steps) {
  const chains = [];
  for (const step of steps) {
    const names = [(model) => nameFirst(model, step), (model) => nameValue(model, step, step.after)];
    const last = chains.at(-1);
    if (last && last.end === step.before) {
      last.names.push(names[1]);
      last.end = step.after;
    } else chains.push({ names, end: step.after });
  }
  return chains.map((one) => (one.names.length > 3 ? [one.names[0], () => "…", one.names.at(-1)] : one.names));
}

function drawStep(model, step) {
  const released = step.dimension === PLUGIN ? model.environments[step.after].released : "";
  return html`<li class="step">
    <div class="head"><b class="from">${nameFirst(model, step)} → ${nameValue(model, step, step.after)}</b>
      ${released ? html`<span class="quiet">${released}</span>` : nothing}
      ${drawBar(step)} <span>${count(countChanged(step), "cell")} of ${countCompared(step).toLocaleString("en")} changed: ${describeParts(step)}</span>
      <a href=${compareAddress(model, step)}>Compare</a></div>
    ${step.also.length ? html`<p class="quiet also">also different: ${step.also.join(", ")}</p>` : nothing}
    <ul>${step.changes.slice(0, MOST).map((change) => drawChange(model, step, change))}</ul>
    ${step.changes.length > MOST ? html`<details><summary>${count(step.changes.length - MOST, "more cause")}</summary>
      <ul>${step.changes.slice(MOST).map((change) => drawChange(model, step, change))}</ul></details>` : nothing}
  </li>`;
}

/** A cause and its cells. */
function drawChange(model, step, change) {
  const number = /^[\d,]+ cells?/.exec(change.sentence)?.[0] ?? "";
  return html`<li><a href=${changeAddress(model, step, change)}>${number}</a>${drawNames(model, change.sentence.slice(number.length))}
    ${change.where ? html`<span class="quiet">Those where ${drawProse(change.where)}.</span>` : nothing}</li>`;
}

function nameValue(model, step, environment) {
  return model.environments[environment].dimensions[step.dimension];
}

/** The value before; of a dimension that isn't the release, with the release. */
function nameFirst(model, step) {
  const name = nameValue(model, step, step.before);
  return step.dimension === PLUGIN ? name : `${step.dimension === "python" ? "Python " : step.dimension === "pytest" ? "pytest " : ""}${name}`;
}

/** One cell itself; cells that something tells from the others in the matrix; others where they are compared. */
function changeAddress(model, step, change) {
  if (change.cells.length === 1) {
    return addressOf("cell", model.cells[change.cells[0]], { environment: model.environmentKey(step.after) });
  }
  const isNamed = step.dimension === PLUGIN && [step.before, step.after].every((number) => model.isOnlyOfRelease(number));
  if (!change.query || !isNamed) return compareAddress(model, step);
  const range = `${nameValue(model, step, step.before)}..${nameValue(model, step, step.after)}`;
  return addressOf("matrix", "", { rows: "cell", find: `${change.query} changed:${range}` });
}

function compareAddress(model, step) {
  return addressOf("compare", "", { before: model.environmentKey(step.before), after: model.environmentKey(step.after) });
}

function countCompared(step) {
  return Object.values(step.counts).reduce((sum, number) => sum + number, 0) - (step.counts["environment missing"] ?? 0);
}

function countChanged(step) {
  return countCompared(step) - (step.counts.same ?? 0);
}

function sizeOf(step, part) {
  return part.kinds.reduce((sum, kind) => sum + (step.counts[kind] ?? 0), 0);
}

function describeParts(step) {
  return PARTS.map((part) => ({ words: part.words, number: sizeOf(step, part) }))
    .filter(({ number }) => number)
    .map(({ words, number }) => `${number.toLocaleString("en")} ${words}`)
    .join(", ");
}

/** How many of the cells changed and how. */
function drawBar(step) {
  const whole = countCompared(step);
  let x = 0;
  const bars = PARTS.map((part) => {
    const width = (WIDTH * sizeOf(step, part)) / whole;
    x += width;
    return svg`<rect class=${part.kind} x=${x - width} width=${width} height="10"/>`;
  });
  return html`<svg class="gauge" width=${WIDTH} height="10" viewBox="0 0 ${WIDTH} 10" aria-hidden="true">${svg`<rect class="ground" width=${WIDTH} height="10" rx="2"/>`}${bars}</svg>`;
}
