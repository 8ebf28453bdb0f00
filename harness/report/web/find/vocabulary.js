/** What can stand in a query over the results of this page. */

import { STATUSES } from "../model.js";
import { SelectionError, quote } from "./selection.js";
import { suggestNames } from "./nearest.js";

/** Keys of tokens that ask for a status, and which of a verdict's statuses. */
export const STATUS_KEYS = { verdict: "status", body: "body", cleanup: "cleanup", everywhere: "status" };
/** Keys of tokens that ask for a signature, and its roles in a chain of errors. */
export const ROLES = { signature: ["root", "surface", "only"], root: ["root", "only"], surface: ["surface", "only"] };

/** What each kind of token asks for, for the list of what can be typed. */
export const MEANINGS = {
  verdict: "an outcome with this verdict",
  everywhere: "each outcome has this verdict",
  body: "the test bodies alone have this verdict",
  cleanup: "what is put away has this verdict",
  signature: "this error",
  root: "this error begins a chain",
  surface: "this error is what one sees",
  changed: "another outcome after than before",
  worse: "a graver outcome after than before",
  better: "a better outcome after than before",
};

/** The vocabulary of a page's results. */
export function makeVocabulary(model) {
  const statuses = STATUSES.map(({ name }) => name);
  const signatures = model.signatures.map(({ name }) => name);
  const keys = new Map([
    ...Object.keys(STATUS_KEYS).map((key) => [key, statuses]),
    ...Object.keys(ROLES).map((key) => [key, signatures]),
    ...["changed", "worse", "better"].map((key) => [key, null]),
    ...model.dimensions.map(({ name, values }) => [name, values]),
  ]);
  return {
    axes: new Map(model.axes.map((axis) => [axis.name, axis.values.map(({ name }) => name)])),
    keys,
    readRange: (text, position) => readRange(text, position, model, statuses),
  };
}

/** `1.4.1..1.5.0` or `0.26.0/clean..1.0.0/reproduces`. */
function readRange(text, position, model, statuses) {
  const middle = text.indexOf("..");
  if (middle < 0) {
    throw new SelectionError(`Expected a range, found ${quote(text)}.`, position, "Write two versions: 1.4.1..1.5.0.");
  }
  const before = readSide(text.slice(0, middle), position, model, statuses);
  const after = readSide(text.slice(middle + 2), position + middle + 2, model, statuses);
  const both = model.dimensions.filter(({ values }) => values.includes(before.value) && values.includes(after.value));
  if (!both.length) {
    throw new SelectionError(`${quote(before.value)} and ${quote(after.value)} aren't versions of one thing.`, position, "");
  }
  return { dimension: both[0].name, before, after };
}

function readSide(text, position, model, statuses) {
  const slash = text.indexOf("/");
  const value = slash < 0 ? text : text.slice(0, slash);
  const status = slash < 0 ? "" : text.slice(slash + 1);
  const values = model.dimensions.flatMap((dimension) => dimension.values);
  if (!values.includes(value)) {
    throw new SelectionError(`No environment has ${quote(value)}.`, position, suggestNames(value, values));
  }
  if (status && !statuses.includes(status)) {
    throw new SelectionError(`Unknown verdict ${quote(status)}.`, position + slash + 1, suggestNames(status, statuses));
  }
  return { value, status };
}
