/** Which changes between two environments are shown: those of the cells that the find box selects, of the chosen kinds. */

import { KINDS, compareEnvironments, narrowGroup, placeOf } from "./changes.js";

/** The settings that say which changes are shown. A cell's address has them too, so that its next and previous are those. */
export const COMPARED = ["before", "after", "kinds", "unstable"];

let last = { key: "" };

/** What changed; the same again where nothing was asked anew. */
export function compareShown(model, state, { before, after }) {
  const showUnstable = state.settings.get("unstable") === "1";
  const key = JSON.stringify([before, after, showUnstable, state.query.text]);
  if (last.key === key) return last.found;
  const suites = new Set(model.data.suites.map((suite) => suite.cell));
  const cells = state.query.selectCells([before, after]).filter((cell) => !suites.has(cell));
  const isUnstable = (cell, kind) => kind === "unstable" || model.data.unstable[cell] !== undefined;
  const aside = (cell, kind) => !showUnstable && isUnstable(cell, kind);
  const found = compareEnvironments(model, before, after, { cells, aside });
  last = { key, found: { ...found, key } };
  return last.found;
}

/** The kinds that are chosen; none stands for all. */
export function readKinds(state) {
  const named = (state.settings.get("kinds") ?? "").split(",");
  return new Set(named.filter((kind) => placeOf(kind) < KINDS.length));
}

/** The changes of the chosen kinds, and the groups with those of their cells alone. */
export function selectKinds(found, chosen) {
  if (!chosen.size) return { groups: found.groups, changes: [...found.changes] };
  const isChosen = ({ kind }) => chosen.has(kind);
  return {
    groups: found.groups.filter(({ members }) => members.some(isChosen)).map((group) => narrowGroup(group, isChosen)),
    changes: found.changes.filter(isChosen),
  };
}
