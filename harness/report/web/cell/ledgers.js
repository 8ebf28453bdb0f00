/** Names and moments of a run's ledgers in words. */

import { shortenTest } from "./findings.js";

/** `loop 3` for `loop-3`. */
export function nameEntry(name) {
  return name.replaceAll("-", " ");
}

/** `in the setup of test_apple (conftest.py:14 in client)` */
export function describeMoment(run, [test, when, at]) {
  return `${describePhase(run, test, when)}${at ? ` (${at})` : ""}`;
}

function describePhase(run, test, when) {
  const name = run.tests[test] === undefined ? "" : shortenTest(run.tests[test]);
  if (name && when === "call") return `in ${name}`;
  if (name && (when === "setup" || when === "teardown")) return `in the ${when} of ${name}`;
  if (when === "import") return `while a module was imported${name ? ` for ${name}` : ""}`;
  if (when === "collect") return "while pytest collected the tests";
  return "between tests or after the last one";
}

/** What happened to a loop, a sentence. */
export function describeLoop(run, loop) {
  const end = loop.closed ? `closed ${describeMoment(run, loop.closed)}` : "never closed";
  const tasks = loop.pending?.length ? `; still pending: ${loop.pending.join(", ")}` : "";
  return `${nameEntry(loop.name)}: made ${describeMoment(run, loop.created)}, ${end}${tasks}`;
}

/** What happened to a connection, in clauses. */
export function describeConnection(run, connection) {
  const on = (loop) => (loop ? ` on ${nameEntry(loop)}` : " where no loop was running");
  const uses = (connection.uses ?? []).map(({ loop, moment, late }) => {
    return `used${on(loop)} ${describeMoment(run, moment)}${late ? ", its own loop being closed" : ""}`;
  });
  const errors = (connection.closeFailed ?? []).map(([type, text]) => `${type}: ${text}`);
  const failed = errors.length ? `, which failed with ${errors.join(", from ")}` : "";
  const end = connection.closed ? `closed${on(connection.closedOn)} ${describeMoment(run, connection.closed)}${failed}` : "never closed";
  return [`opened${connection.loop ? on(connection.loop) : ""} ${describeMoment(run, connection.opened)}`, ...uses, end];
}
