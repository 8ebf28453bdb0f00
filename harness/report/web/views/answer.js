/** The first screen: which habits are safe, what advice does, what changed. */

import { html } from "../vendor/lit-html.js";
import { STATUSES } from "../model.js";

const LETTERS = new Map(STATUSES.map((status) => [status.name, status]));

export function drawAnswer(model, state) {
  const columns = model.environments.map((one, number) => ({ ...one, number })).filter((one) => one.main);
  return html`<h1>${model.data.title}</h1>
    <table>
      <caption>Which habits are safe?</caption>
      <thead><tr><th scope="col">habit</th>${columns.map((one) => html`<th scope="col">${one.heading}</th>`)}</tr></thead>
      <tbody>${model.data.habits.map((habit) => {
        const cell = model.cellNumber.get(habit.cell);
        return html`<tr><th scope="row">${habit.title}</th>${columns.map((one) => {
          const verdict = cell === undefined ? null : model.verdict(cell, one.number);
          const status = verdict && LETTERS.get(verdict.status);
          return html`<td class=${status ? status.kind : "none"} title=${verdict?.label ?? "not measured"}>${status?.letter ?? ""}</td>`;
        })}</tr>`;
      })}</tbody>
    </table>`;
}
