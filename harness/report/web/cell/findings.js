/** What a verdict found, as a reader needs it: errors with what they hide, then what is left, then warnings. */

export const CHANNELS = [
  { name: "body", label: "in the test body" },
  { name: "cleanup", label: "in the cleanup" },
  { name: "background", label: "in the background" },
];

const CATEGORIES = ["error", "outcome", "leak", "warning"];

/**
 * The findings of a verdict. One of a surface stands together with the root errors that it hides in the same tests.
 * @param {import("../model.js").Model} model
 * @param {any} verdict
 * @returns {{channel: string, category: string, surface: any, root: any, tests: number[]}[]} `root` is null where
 *   nothing is hidden
 */
export function listChains(model, verdict) {
  const chains = [];
  for (const { name } of CHANNELS) {
    const here = (verdict.findings ?? []).filter((one) => one.channel === name);
    const roots = here.filter((one) => one.role === "root");
    const shown = new Set();
    for (const surface of here.filter((one) => one.role === "surface")) {
      const hidden = roots.filter((root) => shareTest(surface, root));
      for (const root of hidden) {
        shown.add(root).add(surface);
        chains.push(makeChain(model, name, surface, root, shareTests(surface, root)));
      }
    }
    for (const one of here.filter((each) => !shown.has(each))) {
      chains.push(makeChain(model, name, one, null, one.tests ?? []));
    }
  }
  const place = (chain) => CATEGORIES.indexOf(chain.category);
  return chains.sort((one, other) => place(one) - place(other) || other.tests.length - one.tests.length);
}

function makeChain(model, channel, surface, root, tests) {
  const category = model.signatures[(root ?? surface).signature]?.category ?? "error";
  return { channel, category, surface, root, tests };
}

function shareTest(one, other) {
  return !one.tests?.length || !other.tests?.length || shareTests(one, other).length > 0;
}

function shareTests(one, other) {
  if (!one.tests?.length) return other.tests ?? [];
  return other.tests?.length ? one.tests.filter((test) => other.tests.includes(test)) : one.tests;
}

/** Names that only suites have which pytest runs in another order than that of their files. */
const REORDERING = /pytest_asyncio_loop_factories|xdist|--dist|numprocesses/;

/** The tests of a suite in the order in which pytest runs them, read from its files; none where they don't say it. */
export function listTests(files) {
  if (files.some(({ lines }) => lines.some((line) => REORDERING.test(line)))) return [];
  const tests = [];
  for (const { path, lines } of files.filter((file) => /(^|\/)test_[^/]*\.py$/.test(file.path))) {
    let scope = path;
    for (const line of lines) {
      const name = /^class (Test\w*)/.exec(line)?.[1];
      if (name) scope = `${path}::${name}`;
      const test = /^(\s*)(?:async )?def (test\w*)/.exec(line);
      if (test) tests.push(`${test[1] ? scope : path}::${test[2]}`);
    }
  }
  return tests;
}

/** A test's own name. */
export function shortenTest(test) {
  const [head, ...parameters] = test.split("[");
  return [head.split("::").at(-1), ...parameters].join("[");
}

/** What a test's letter is drawn as. */
export function classOf(letter) {
  return "FE?".includes(letter) ? "bad" : letter === "." ? "good" : "";
}
