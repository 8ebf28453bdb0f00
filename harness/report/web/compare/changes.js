/**
 * What became of each cell from one environment to another, as `harness/compare` has it: kinds of change, and groups of
 * cells to which the same happened. A test holds the two together.
 */

import { findContrast } from "./contrast.js";
import { Universe, compareLists, compareTexts } from "./grouping.js";
import { INEXPRESSIBLE, countMost, describeSamples, selectCounting, tellApart } from "./labels.js";

/** Which way a change goes, in the order in which causes and cells are listed: what got worse first. */
export const WAYS = [
  { name: "worse", heading: "Worse", meaning: "cells among them have an error, leak or warning that was not there before, or a graver one" },
  { name: "changed", heading: "Changed", meaning: "as grave, but another error, in other tests, or moved between a test and its cleanup" },
  { name: "better", heading: "Better", meaning: "an error, leak or warning is gone, or a lesser one is left" },
  { name: "aside", heading: "Only on one side", meaning: "can't be written down for the versions of one side, or wasn't measured there" },
];

/** What can become of a cell, in the order in which cells are listed. */
export const KINDS = [
  { name: "appeared", way: "worse", label: "appeared", meaning: "An error, leak or warning that was not there before, or a worse one." },
  { name: "other error", way: "changed", label: "other error", meaning: "As bad, but another one, or in other tests." },
  { name: "other channel", way: "changed", label: "other channel", meaning: "The same errors, moved from a test to its cleanup or back." },
  { name: "unstable", way: "changed", label: "unstable", meaning: "Runs of one side differ among themselves." },
  { name: "disappeared", way: "better", label: "disappeared", meaning: "An error, leak or warning that is gone, or a lesser one is left." },
  { name: "became not expressible", way: "aside", label: "no longer expressible", meaning: "It can't be written down for the later versions." },
  { name: "became expressible", way: "aside", label: "newly expressible", meaning: "It couldn't be written down for the earlier versions." },
  { name: "environment missing", way: "aside", label: "not measured", meaning: "Run on both sides, but not measured on one." },
];

const PLACES = new Map(KINDS.map((kind, place) => [kind.name, place]));

/**
 * The comparison of two environments.
 * @param {import("../model.js").Model} model
 * @param {number} before
 * @param {number} after
 * @param {object} [options]
 * @param {Iterable<number>} [options.cells] those that are compared
 * @param {(cell: number, kind: string) => boolean} [options.aside] whether a change doesn't count
 */
export function compareEnvironments(model, before, after, { cells = model.cells.keys(), aside = () => false } = {}) {
  const sides = [before, after];
  const [befores, afters] = sides.map((environment) => model.outcomes[environment]);
  const judge = new Judge(model);
  const counts = new Map([["same", 0], ...KINDS.map((kind) => [kind.name, 0])]);
  const [changes, same, compared] = [[], new Map(), []];
  const hidden = new Map(); // kind → changes that don't count
  let [onlyBefore, onlyAfter, putAside] = [0, 0, 0];
  for (const cell of cells) {
    if (befores[cell] < 0 || afters[cell] < 0) {
      if (befores[cell] >= 0) onlyBefore++;
      if (afters[cell] >= 0) onlyAfter++;
      continue;
    }
    compared.push(cell);
    const judged = judge.judge(...sides.map((environment) => model.samples(cell, environment)));
    const { kind, labels } = judged;
    if (kind === "same") add(same, labels[1], cell);
    else if (aside(cell, kind)) {
      putAside++;
      hidden.set(kind, (hidden.get(kind) ?? 0) + 1);
      continue;
    } else changes.push({ cell, ...judged });
    counts.set(kind, counts.get(kind) + 1);
  }
  const groups = groupChanges(model, changes, same, compared);
  return { before, after, counts, changes, groups, onlyBefore, onlyAfter, putAside, hidden, compared: compared.length };
}

/** Groups of cells with one cause, the largest first, those without anything in common last. */
function groupChanges(model, changes, same, compared) {
  const universe = new Universe(model.cells.length, compared, (cell) => model.listValues(cell));
  const judged = universe.set([...changes.map((change) => change.cell), ...[...same.values()].flat()]);
  const keyed = new Map();
  for (const change of changes) {
    const gone = change.kind === "disappeared";
    const label = change.labels[gone ? 0 : 1];
    const key = JSON.stringify([gone, label]);
    if (!keyed.has(key)) keyed.set(key, { gone, label, members: new Map() });
    keyed.get(key).members.set(change.cell, change);
  }
  const groups = [];
  for (const { gone, label, members } of keyed.values()) {
    // A cell that showed the same all along doesn't speak against a rule for what is there now.
    const allowed = [...members.keys(), ...(gone ? [] : (same.get(label) ?? []))];
    const breaking = judged.without(universe.set(allowed));
    for (const { common, cells } of universe.findCauses([...members.keys()], breaking)) {
      groups.push(makeGroup(label, common, cells.map((cell) => members.get(cell))));
    }
  }
  return groups.sort(
    (one, other) =>
      (one.common.length ? 0 : 1) - (other.common.length ? 0 : 1) ||
      other.cells.length - one.cells.length ||
      compareTexts(one.label, other.label) ||
      compareLists(one.common.flat(), other.common.flat()),
  );
}

/** A part of a cause's cells, as a group of its own. */
export function narrowGroup(group, isWanted) {
  const { label, common, members } = group;
  return { ...makeGroup(label, common, members.filter(isWanted)), whole: group };
}

function makeGroup(label, common, members) {
  const kinds = countMost(members.map((change) => change.kind));
  const other = members[0].kind === "disappeared" ? 1 : 0;
  return {
    label,
    common,
    kind: kinds[0][0],
    kinds,
    opposite: countMost(members.map((change) => change.labels[other])),
    members,
    cells: members.map((change) => change.cell),
  };
}

function add(map, key, value) {
  if (map.has(key)) map.get(key).push(value);
  else map.set(key, [value]);
}

/** Judges samples; equal ones once. */
class Judge {
  constructor(model) {
    this.model = model;
    this.known = new Map();
  }

  judge(before, after) {
    const key = `${before} ${after}`;
    if (!this.known.has(key)) this.known.set(key, this.judgeNew(...[before, after].map((side) => this.account(side))));
    return this.known.get(key);
  }

  judgeNew(one, other) {
    const kind = this.findKind(one, other);
    const labels = [one, other].map((side) => describeSamples(side.all));
    if (kind === "same" || labels[0] !== labels[1]) return { kind, labels };
    return { kind, labels: tellApart(this.model, one.all, other.all), contrast: this.contrast(one, other, labels[0]) };
  }

  /** Of sides that are one outcome each. */
  contrast(one, other, label) {
    if (one.outcomes.size !== 1 || other.outcomes.size !== 1) return undefined;
    return findContrast(this.model, label, one.measured[0], other.measured[0]);
  }

  account(samples) {
    const all = samples.map((number) => this.model.verdicts[number]);
    const measured = all.filter((one) => one.status in this.model.data.gravity || one.status === INEXPRESSIBLE);
    const inexpressible = measured.every((one) => one.status === INEXPRESSIBLE);
    return { all, measured, inexpressible, outcomes: new Set(measured.map((one) => one.outcome)) };
  }

  findKind(one, other) {
    if (!one.measured.length || !other.measured.length) return "environment missing";
    if (one.inexpressible && other.inexpressible) return "same";
    if (other.inexpressible) return "became not expressible";
    if (one.inexpressible) return "became expressible";
    if (one.outcomes.size > 1 || other.outcomes.size > 1) return "unstable";
    const [before, after] = [one.measured[0], other.measured[0]];
    if (before.outcome === after.outcome) return "same";
    const { gravity } = this.model.data;
    const graver = gravity[after.status] - gravity[before.status];
    if (graver) return graver > 0 ? "appeared" : "disappeared";
    const [names, others] = [before, after].map((verdict) => this.listChannels(verdict));
    const moved = !areSame(names, others) && areSame(...[names, others].map((set) => new Set([...set].map(nameOf))));
    return moved ? "other channel" : "other error";
  }

  listChannels(verdict) {
    return new Set([
      ...selectCounting(this.model, verdict).map((one) => JSON.stringify([this.model.nameSignature(one.signature), one.channel])),
      ...(verdict.unnamed ?? []).map((one) => JSON.stringify([one.type, one.channel])),
    ]);
  }
}

function nameOf(pair) {
  return JSON.parse(pair)[0];
}

function areSame(one, other) {
  return one.size === other.size && [...one].every((each) => other.has(each));
}

/** The place of the way that the first of a group's kinds goes: one cell that got worse puts a cause among those. */
export function wayOf(kinds) {
  const places = kinds.map(([name]) => WAYS.findIndex(({ name: way }) => way === KINDS[placeOf(name)]?.way));
  return Math.min(...places);
}

/** The place of a kind in the order in which cells are listed. */
export function placeOf(kind) {
  return PLACES.get(kind) ?? KINDS.length;
}
