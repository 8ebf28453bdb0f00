/** What can be on the rows and columns of the matrix: axes of cells, dimensions of environments. */

import { PLACE } from "../model.js";

export const ENVIRONMENT = "environment";
export const CELL = "cell";

/** The environments that are shown: the main Python's, unless all are asked for, or the query names some. */
export function chooseEnvironments(model, query, all) {
  const numbers = [...model.environments.keys()];
  return query.filterEnvironments(all || query.namesEnvironments ? numbers : numbers.filter((one) => model.environments[one].main));
}

/** Whether it is about environments, not about cells. */
export function isOfEnvironments(model, name) {
  return name === ENVIRONMENT || model.dimensions.some((one) => one.name === name);
}

/** Whether there is such an axis or dimension. */
export function isKnown(model, name) {
  return isOfEnvironments(model, name) || model.axisNumber.has(name);
}

/**
 * The values of an axis or dimension that occur, as rows or columns.
 * @param {any} model
 * @param {string} name
 * @param {{cells: number[], environments: number[]}} shown
 * @returns {{label: string, term: any, cells: number[], environments: number[]}[]} each with what it has of them; `term`
 *   is what the find box can ask for, null where it can't
 */
export function splitBy(model, name, shown) {
  if (name === ENVIRONMENT) return splitEnvironments(model, shown);
  const dimension = model.dimensions.find((one) => one.name === name);
  if (dimension) {
    return dimension.values
      .map((value) => ({
        label: value,
        term: { key: name, value },
        cells: shown.cells,
        environments: shown.environments.filter((one) => model.environments[one].dimensions[name] === value),
      }))
      .filter(({ environments }) => environments.length);
  }
  return splitCells(model, model.axisNumber.get(name), shown);
}

function splitEnvironments(model, { cells, environments }) {
  const pythons = new Set(environments.map((one) => model.environments[one].dimensions.python));
  return environments.map((one) => {
    const { heading, dimensions } = model.environments[one];
    const label = pythons.size === 1 ? heading.replace(` py${dimensions.python}`, "") : heading;
    return { label, term: { key: "pytest-asyncio", value: dimensions["pytest-asyncio"] }, cells, environments: [one] };
  });
}

function splitCells(model, axis, { cells, environments }) {
  const { name, values } = model.axes[axis];
  const found = values.map((value) => ({ label: value.name, title: value.meaning, term: { key: name, value: value.name }, cells: [], environments }));
  const suites = { label: "suites of your own", term: null, cells: [], environments };
  const unknown = { label: "cells of another catalogue", term: null, cells: [], environments };
  for (const cell of cells) {
    const numbers = model.values[cell];
    const others = model.cells[cell].startsWith("suite:") ? suites : unknown;
    (numbers ? found[numbers[axis]] : others).cells.push(cell);
  }
  return [...found, suites, unknown].filter((one) => one.cells.length);
}

/**
 * The environments of a row or column by what else distinguishes them; of those that nothing does, the one that stands
 * for them.
 * @param {any} model
 * @param {number[]} environments
 * @param {string[]} fixed what rows and columns are already split by
 * @returns {Map<string, number>}
 */
export function placeEnvironments(model, environments, fixed) {
  const free = fixed.includes(ENVIRONMENT) ? [] : PLACE.filter((name) => !fixed.includes(name));
  const places = new Map();
  for (const one of environments) {
    const place = free.map((name) => model.environments[one].dimensions[name]).join(" ");
    places.set(place, [...(places.get(place) ?? []), one]);
  }
  return new Map([...places].map(([place, numbers]) => [place, model.chooseStanding(numbers)]));
}
