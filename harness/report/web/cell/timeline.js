/**
 * Where the loops and connections of a run stand over its tests, for a drawing: time goes down, a test has three
 * phases. The same bars as those of `harness/diagnose/drawing.py`.
 */

export const PHASES = ["setup", "call", "teardown"];
const SIZES = { phase: 26, gap: 8, outside: 26, top: 26, names: 168, phases: 62, loop: 34, connection: 40, between: 30 };
const OFFSETS = { begin: 3, use: 17, end: 23 };

/** Tests that are drawn until more are asked for. */
export const MOST_TESTS = 60;

/**
 * @param {any} run of the block "evidence"
 * @param {number} most tests
 */
export function layOut(run, most) {
  const rows = new Rows(run, most);
  const shown = chooseLoops(run);
  const loops = (run.loops ?? []).filter((loop) => shown.has(loop.name)).map((loop) => makeLoop(loop, rows));
  const places = new Map((run.loops ?? []).map((loop) => [loop.name, loop]));
  const connections = (run.connections ?? []).map((one) => makeConnection(one, places.get(one.loop), rows));
  const left = SIZES.names + SIZES.phases;
  const lanes = placeInLanes(loops, left, SIZES.loop);
  const start = left + lanes * SIZES.loop + (lanes ? SIZES.between : 0);
  const width = start + placeInLanes(connections, start, SIZES.connection) * SIZES.connection + 24;
  const bars = new Map(loops.map((loop) => [loop.name, loop]));
  return {
    rows: rows.list,
    phase: SIZES.phase,
    loops,
    connections,
    links: connections.flatMap((connection) => makeLinks(connection, bars)),
    hidden: (run.loops ?? []).length - loops.length,
    left: run.tests.length - rows.tests,
    columns: { phases: SIZES.names, loops: left, connections: start },
    width: Math.max(width, start + (connections.length ? 96 : 0)),
    height: rows.height,
  };
}

/** The rows: what came before the tests, the tests, what came after. */
class Rows {
  constructor(run, most) {
    const outside = new Set(listMoments(run).map(([test]) => test));
    this.tests = Math.min(run.tests.length, most);
    this.total = run.tests.length;
    this.list = [];
    let y = SIZES.top;
    const add = (row, height) => {
      this.list.push({ ...row, y, height });
      y += height + SIZES.gap;
    };
    if (outside.has(-1)) add({ test: -1, name: "before the tests", letter: "" }, SIZES.outside);
    for (let test = 0; test < this.tests; test++) {
      add({ test, name: run.tests[test], letter: run.letters?.[test] ?? "" }, PHASES.length * SIZES.phase);
    }
    if (outside.has(this.total)) add({ test: this.total, name: "after the tests", letter: "" }, SIZES.outside);
    this.height = y;
    this.byTest = new Map(this.list.map((row) => [row.test, row]));
  }

  /** How far down a moment is. One in a test that isn't drawn is where the drawing ends. */
  find([test, when], kind) {
    const row = this.byTest.get(test);
    if (!row) return test < 0 ? SIZES.top : this.height - SIZES.gap;
    if (test < 0 || test >= this.total) return row.y + (OFFSETS[kind] / SIZES.phase) * row.height;
    return row.y + Math.max(PHASES.indexOf(when), 0) * SIZES.phase + OFFSETS[kind];
  }
}

function listMoments(run) {
  return [
    ...(run.loops ?? []).flatMap((loop) => [loop.created, loop.closed]),
    ...(run.connections ?? []).flatMap((one) => [one.opened, one.closed, ...(one.uses ?? []).map((use) => use.moment)]),
  ].filter(Boolean);
}

/** Those that a connection has to do with, and those that lasted longer than a phase. */
function chooseLoops(run) {
  const used = (run.connections ?? []).flatMap((one) => [one.loop, one.closedOn, ...(one.uses ?? []).map((use) => use.loop)]);
  const isLong = ({ created, closed }) => !closed || created[0] !== closed[0] || created[1] !== closed[1];
  const long = (run.loops ?? []).filter(isLong).map((loop) => loop.name);
  return new Set([...used, ...long].filter(Boolean));
}

function makeLoop(loop, rows) {
  const top = rows.find(loop.created, "begin");
  const bottom = loop.closed ? rows.find(loop.closed, "end") : rows.height - SIZES.gap;
  return { ...loop, label: numberOf(loop.name), top, bottom: Math.max(bottom, top + 12), open: !loop.closed };
}

/** One that nobody closed ends where it was used last, or with its loop. */
function makeConnection(connection, loop, rows) {
  const top = rows.find(connection.opened, "begin");
  const uses = (connection.uses ?? []).map((use) => ({ ...use, y: rows.find(use.moment, "use"), foreign: isForeign(use.loop, connection) }));
  const loopEnd = loop?.closed ? rows.find(loop.closed, "end") : null;
  const ends = connection.closed ? [rows.find(connection.closed, "end")] : [...uses.map((use) => use.y), loopEnd ?? 0];
  return {
    ...connection,
    label: `c${numberOf(connection.name)}`,
    top,
    bottom: Math.max(top + 12, ...ends),
    orphaned: loopEnd, // from there on its own loop is closed
    uses,
    closedElsewhere: Boolean(connection.closed) && isForeign(connection.closedOn, connection),
  };
}

function isForeign(loop, connection) {
  return Boolean(loop) && Boolean(connection.loop) && loop !== connection.loop;
}

/** As few columns as there are bars side by side; how many those are. */
function placeInLanes(bars, start, width) {
  const ends = [];
  for (const bar of [...bars].sort((one, other) => one.top - other.top || other.bottom - one.bottom)) {
    const free = ends.findIndex((end) => end + 2 < bar.top);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = bar.bottom;
    bar.x = start + (lane + 0.5) * width;
  }
  return ends.length;
}

/** What was done with a connection on which loop. */
function makeLinks(connection, loops) {
  const links = [];
  const add = (what, loop, y, more) => {
    const bar = loops.get(loop);
    if (bar) links.push({ what, connection: connection.name, loop, y, from: bar.x, to: connection.x, ...more });
  };
  add("opened", connection.loop, connection.top + 6, { moment: connection.opened });
  for (const use of connection.uses) if (use.foreign) add("used", use.loop, use.y, { moment: use.moment, late: use.late });
  if (connection.closedElsewhere) add("closed", connection.closedOn, connection.bottom, { moment: connection.closed });
  return links;
}

function numberOf(name) {
  return name.split("-").at(-1);
}
