/** Suites and what differs between them, coloured when the page was made. */

import { html, nothing } from "../vendor/lit-html.js";
import { drawCopy } from "../copy.js";
import { addressWith } from "../state.js";
import { count } from "../text.js";

/** Lines around a change that are shown with it. */
const AROUND = 3;

/** The files of a cell's suite, each with its path and its lines as plain text; none where the page has no suite. */
export function readFiles(suites, cell) {
  return (suites?.suites[cell] ?? []).map((number) => {
    const [path, lines] = suites.files[number];
    return { number, path, lines: lines.map((line) => readLine(suites.lines[line])) };
  });
}

function readLine(parts) {
  return parts.filter((_, place) => place % 2).join("");
}

/**
 * The suite, one file at a time.
 * @param {any} suites the block
 * @param {number} cell
 * @param {string | null} chosen the file that is shown
 * @param {Set<string>} marked lines that something was met in: "conftest.py:14"
 */
export function drawSuite(suites, cell, chosen, marked) {
  const files = readFiles(suites, cell);
  if (!files.length) return html`<p class="quiet">The page has no suite of this cell: no version here can express it.</p>`;
  const shown = files.find((file) => file.path === chosen) ?? files.find((file) => file.path === "conftest.py") ?? files[0];
  return html`<div class="suite">
    <nav class="files noprint" aria-label="Files of the suite">${files.map((file) => drawFileLink(file, file === shown, marked))}</nav>
    <div class="file">
      <div class="bar"><strong>${shown.path}</strong>${drawCopy(() => `${shown.lines.join("\n")}\n`, shown.path)}</div>
      <pre class="code numbered" tabindex="0" aria-label=${shown.path}><code>${suites.files[shown.number][1].map(
        (line, place) => html`<span class="line ${marked.has(`${shown.path}:${place + 1}`) ? "marked" : ""}"
          >${drawLine(suites.lines[line])}</span>${"\n"}`,
      )}</code></pre>
    </div>
  </div>`;
}

function drawFileLink({ path, lines }, isShown, marked) {
  const isMarked = [...marked].some((place) => place.startsWith(`${path}:`));
  return html`<a href=${addressWith({ file: path })} aria-current=${isShown ? "true" : "false"}>${path}
    <span class="quiet">${lines.length}</span>${isMarked ? html` <span class="dot" title="has marked lines">●</span>` : nothing}</a>`;
}

function drawLine(parts) {
  const drawn = [];
  for (let place = 0; place < parts.length; place += 2) {
    const [kind, text] = [parts[place], parts[place + 1]];
    drawn.push(kind ? html`<span class="t-${kind}">${text}</span>` : text);
  }
  return drawn;
}

/** The places in files that texts name, such as `conftest.py:14`. */
export function listPlaces(texts) {
  return new Set(texts.flatMap((text) => text.match(/[\w./-]+\.py:\d+/g) ?? []));
}

/** What to change in a cell's suite to get another's. */
export function drawDiff(suites, changes, before, after) {
  const files = listChanges(suites, changes, before, after);
  if (!files.length) return html`<p class="quiet">The two suites have the same files.</p>`;
  return html`<div class="diff">
    <div class="bar"><span class="quiet">${count(files.length, "file")}</span>${drawCopy(() => writePatch(files), "the patch")}</div>
    ${files.map(drawChangedFile)}
  </div>`;
}

function drawChangedFile({ path, hunks, kind }) {
  return html`<div class="changed"><strong>${path}</strong>${kind ? html` <span class="quiet">${kind}</span>` : nothing}
    <pre class="code" tabindex="0" aria-label="Changes of ${path}"><code>${hunks.map(
      ({ heading, lines }) => html`<span class="line hunk">${heading}</span>${lines.map(
        ({ sign, parts }) => html`<span class="line ${SIGNS[sign]}"><span class="sign">${sign}</span>${drawLine(parts)}</span>`,
      )}`,
    )}</code></pre></div>`;
}

const SIGNS = { "+": "added", "-": "removed", " ": "" };

/** The files that differ, each with the places where it does. */
function listChanges(suites, changes, before, after) {
  const known = new Map(changes.map(([one, other, blocks]) => [`${one} ${other}`, blocks]));
  const [befores, afters] = [before, after].map(
    (cell) => new Map((suites.suites[cell] ?? []).map((number) => [suites.files[number][0], number])),
  );
  const paths = [...new Set([...befores.keys(), ...afters.keys()])];
  return paths
    .map((path) => ({ path, one: befores.get(path) ?? -1, other: afters.get(path) ?? -1 }))
    .filter(({ one, other }) => one !== other && known.has(`${one} ${other}`))
    .map(({ path, one, other }) => ({
      path,
      kind: one < 0 ? "new file" : other < 0 ? "deleted" : "",
      hunks: makeHunks(suites, one, other, known.get(`${one} ${other}`)),
    }));
}

/** Neighbouring blocks stand together with the lines around them, as in any patch. */
function makeHunks(suites, one, other, blocks) {
  const [befores, afters] = [one, other].map((number) => (number < 0 ? [] : suites.files[number][1].map((line) => suites.lines[line])));
  const groups = [];
  for (let place = 0; place < blocks.length; place += 4) {
    const block = blocks.slice(place, place + 4);
    const last = groups.at(-1)?.at(-1);
    if (last && block[0] - last[1] <= 2 * AROUND) groups.at(-1).push(block);
    else groups.push([block]);
  }
  return groups.map((group) => makeHunk(group, befores, afters));
}

function makeHunk(group, befores, afters) {
  const start = Math.max(group[0][0] - AROUND, 0);
  const end = Math.min(group.at(-1)[1] + AROUND, befores.length);
  const lines = [];
  const add = (sign, all, from, to) => lines.push(...all.slice(from, to).map((parts) => ({ sign, parts })));
  let at = start;
  for (const [from, to, newFrom, newTo] of group) {
    add(" ", befores, at, from);
    add("-", befores, from, to);
    add("+", afters, newFrom, newTo);
    at = to;
  }
  add(" ", befores, at, end);
  const newStart = group[0][2] - (group[0][0] - start);
  const [removed, added] = ["+", "-"].map((sign) => lines.filter((line) => line.sign !== sign).length);
  return { heading: `@@ -${range(start, removed)} +${range(newStart, added)} @@`, lines };
}

function range(start, length) {
  return `${length ? start + 1 : start},${length}`;
}

function writePatch(files) {
  return files
    .map(({ path, kind, hunks }) =>
      [
        `--- ${kind === "new file" ? "/dev/null" : `a/${path}`}`,
        `+++ ${kind === "deleted" ? "/dev/null" : `b/${path}`}`,
        ...hunks.flatMap(({ heading, lines }) => [heading, ...lines.map(({ sign, parts }) => `${sign}${readLine(parts)}`)]),
      ].join("\n"),
    )
    .join("\n")
    .concat("\n");
}
