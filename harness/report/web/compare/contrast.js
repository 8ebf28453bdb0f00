/** What is different of two outcomes that have the same label: only that, where the whole of both is a wall of text. */

import { describeFindings, listFindingsByTest } from "./labels.js";

/** Tests that are named. */
const MOST_TESTS = 2;

/**
 * The label of both, and what only one of them shows: `loop-closed in `test_apple``. Texts have backticks around code.
 * @param {any} model
 * @param {string} label
 * @param {any} before a verdict
 * @param {any} after
 * @returns {{label: string, only: [string, string]}}
 */
export function findContrast(model, label, before, after) {
  const sides = [before, after];
  if ((before.pattern ?? "") !== (after.pattern ?? "")) {
    return { label, only: sides.map(({ pattern }) => (pattern ? `\`${pattern}\`` : "")) };
  }
  const findings = keepDifferent(sides.map((verdict) => describeFindings(model, verdict)));
  if (findings.some((texts) => texts.length)) return { label, only: findings.map((texts) => texts.join(", ")) };
  const places = sides.map((verdict) => listPlaces(model, verdict));
  return { label, only: keepDifferent(places).map((texts) => describeByTest(texts.map((text) => JSON.parse(text)))) };
}

/** An error, where of the test, and the test: a text each, so that they can be compared. */
function listPlaces(model, verdict) {
  const found = listFindingsByTest(model, verdict).flatMap(([name, tests, channel]) =>
    tests.map((test) => JSON.stringify([name, channel === "body" ? "" : `the ${channel} of `, test])),
  );
  return [...new Set(found)];
}

/** Of each side those that the other one hasn't. */
function keepDifferent([ones, others]) {
  return [ones.filter((one) => !others.includes(one)), others.filter((one) => !ones.includes(one))];
}

/** Errors that are met in the same tests together: `loop-closed and different-loop in the cleanup of `test_a``. */
function describeByTest(places) {
  const testsOf = new Map();
  for (const [name, lead, test] of places) add(testsOf, JSON.stringify([name, lead]), test);
  const namesOf = new Map();
  for (const [key, tests] of testsOf) {
    const [name, lead] = JSON.parse(key);
    add(namesOf, JSON.stringify([lead, tests]), name);
  }
  return [...namesOf].map(([key, names]) => `${names.join(" and ")} in ${describeTests(...JSON.parse(key))}`).join("; ");
}

function add(map, key, value) {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function describeTests(lead, tests) {
  const more = tests.length - MOST_TESTS;
  const names = tests.map((test) => `\`${test}\``);
  const [last, ...others] = (more > 1 ? [...names.slice(0, MOST_TESTS), `${more} more`] : names).reverse();
  return lead + (others.length ? `${others.reverse().join(", ")} and ${last}` : last);
}
