/** Which habits are safe: the well-known ones by release, what is safe today first. */

import { html, nothing } from "../vendor/lit-html.js";
import { STATUSES, rankOf } from "../model.js";
import { drawTitles, writeNames } from "../names.js";
import { describeStatus, drawProse } from "../prose.js";
import { describeRun } from "../ranges.js";
import { addressOf } from "../state.js";
import { groupNeighbours } from "../neighbours.js";
import { describeSpan, listReleases, nameRelease } from "./releases.js";

const BY_NAME = new Map(STATUSES.map((status) => [status.name, status]));

/** The habits that were measured, with their cells. */
export function listHabits(model) {
  return model.data.habits
    .map((habit) => ({ title: habit.title, id: habit.cell, cell: model.cellNumber.get(habit.cell) }))
    .filter((habit) => habit.cell !== undefined && model.environments.some((one, number) => one.main && model.verdict(habit.cell, number)));
}

/** @param {any} model @param {any[]} habits of `listHabits` */
export function drawHabits(model, habits) {
  const releases = listReleases(model, habits.map((habit) => habit.cell));
  const newest = releases.at(-1);
  const spans = groupNeighbours(releases, (one) => habits.map((habit) => model.verdict(habit.cell, one)?.status).join());
  const ordered = [...habits].sort((one, other) => rankOf(model.verdict(one.cell, newest)?.status) - rankOf(model.verdict(other.cell, newest)?.status));
  const several = spans.length > 1;
  return html`<div class="wide" tabindex="0" role="region" aria-label="Habits by release">
    <table class="habits">
      <caption class="hidden">What becomes of well-known habits on each release of pytest-asyncio</caption>
      <thead>
        <tr><th scope="col" rowspan="2">habit</th><th scope="col" class="today" rowspan="2">today <span class="quiet">pytest-asyncio ${nameRelease(model, newest)}</span></th>
          ${several ? html`<th scope="colgroup" colspan=${spans.length} class="quiet">by release of pytest-asyncio, on Python ${model.environments[newest].dimensions.python}</th>` : nothing}</tr>
        <tr>${several ? spans.map((span) => drawHeading(model, releases, span)) : nothing}</tr>
      </thead>
      <tbody>${ordered.map((habit) => html`<tr>
        <th scope="row"><a href=${addressOf("cell", habit.id)}>${drawProse(habit.title)}</a></th>
        <td class="today">${drawToday(model, habit, newest)}</td>
        ${several ? spans.map((span) => html`<td>${drawSquare(model, habit, releases, span)}</td>`) : nothing}</tr>`)}</tbody>
    </table></div>
    ${drawNote(model, releases, several)}`;
}

/** What the columns leave out. */
function drawNote(model, releases, several) {
  const run = several ? describeRun(model.listReleases("pytest-asyncio", releases[0]), releases.map((one) => nameRelease(model, one))) : "";
  const unusable = model.environments.filter((one) => one.main && one.unusable);
  const parts = [
    run ? `${run}: what lies between two columns was not, and a change may be anywhere in between.` : "",
    unusable.length ? `Left out: ${unusable.map(nameUnusable).join(", ")}, where not even the simplest suite passes.` : "",
  ].filter(Boolean);
  return parts.length ? html`<p class="quiet note">${parts.join(" ")}</p>` : nothing;
}

/** `pytest-asyncio 0.23.3 with pytest 8.0.0` */
function nameUnusable({ dimensions }) {
  return `pytest-asyncio ${dimensions["pytest-asyncio"]} with pytest ${dimensions.pytest}`;
}

/** The first and the last release of a span, one above the other. */
function drawHeading(model, releases, span) {
  const [first, last] = [span[0], span.at(-1)].map((one) => nameRelease(model, one));
  return html`<th scope="col" title=${[describeSpan(model, releases, span), describeDays(model, span)].filter(Boolean).join("; ")}>${first}${first === last ? nothing : html`<br>–${last}`}</th>`;
}

function describeDays(model, span) {
  const days = [span[0], span.at(-1)].map((one) => model.environments[one].released).filter(Boolean);
  return days.length ? `released ${[...new Set(days)].join(" to ")}` : "";
}

/** The outcome in the words that people meet, and what hides behind them. */
function drawToday(model, habit, environment) {
  const verdict = model.verdict(habit.cell, environment);
  if (!verdict) return html`<span class="quiet">not measured</span>`;
  const { letter, kind } = BY_NAME.get(verdict.status);
  return html`<a class="says" title=${writeNames(model, verdict.label)} href=${addressOf("cell", habit.id, { environment: model.environmentKey(environment) })}><span class="verdict ${kind}">${letter}</span>
    <span>${verdict.status === "not-applicable" ? describeStatus(verdict.status) : drawTitles(model, verdict.label)}</span></a>`;
}

/** A span's verdict; the newest release of it stands for all. */
function drawSquare(model, habit, releases, span) {
  const environment = span.at(-1);
  const verdict = model.verdict(habit.cell, environment);
  if (!verdict) return html`<span class="verdict none" title="not measured">·<span class="hidden"> not measured</span></span>`;
  const { letter, kind } = BY_NAME.get(verdict.status);
  const text = `${verdict.reason || writeNames(model, verdict.label)}, ${describeSpan(model, releases, span)}`;
  return html`<a class="verdict ${kind}" href=${addressOf("cell", habit.id, { environment: model.environmentKey(environment) })} title=${text} aria-label=${text}>${letter}</a>`;
}
