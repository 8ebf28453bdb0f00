/** What an address asks for that isn't in these results: it may be of another page, or somebody typed it. */

import { html, nothing } from "./vendor/lit-html.js";
import { KINDS, placeOf } from "./compare/changes.js";
import { CELL, isKnown } from "./matrix/dimensions.js";
import { shorten } from "./text.js";

const isEnvironment = (model, text) => model.findEnvironment(text) >= 0;
const isSplit = (model, text) => text === CELL || isKnown(model, text);

/** The settings that name something: what it is, and whether it is there. */
const NAMING = {
  before: { noun: "environment", isThere: isEnvironment },
  after: { noun: "environment", isThere: isEnvironment },
  environment: { noun: "environment", isThere: isEnvironment },
  rows: { noun: "axis or dimension", isThere: isSplit, several: true },
  columns: { noun: "axis or dimension", isThere: isSplit },
  kinds: { noun: "kind of change", isThere: (_, text) => placeOf(text) < KINDS.length, several: true },
  steps: { noun: "step", isThere: (model, text) => model.data.steps.some(({ dimension }) => dimension === text) },
};

/**
 * @param {any} model
 * @param {URLSearchParams} settings
 */
export function drawAbsent(model, settings) {
  const absent = Object.entries(NAMING).flatMap(([name, naming]) => listAbsent(model, name, naming, settings.get(name) ?? ""));
  if (!absent.length) return nothing;
  return html`<p role="alert" class="absent">The address asks for what these results don't have: ${absent.join("; ")}. Something else is shown instead.</p>`;
}

function listAbsent(model, name, { noun, isThere, several }, value) {
  return (several ? value.split(",") : [value])
    .filter((text) => text && !isThere(model, text))
    .map((text) => `no ${noun} “${shorten(text)}” (${name})`);
}
