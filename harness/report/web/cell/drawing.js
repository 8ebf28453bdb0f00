/** Loops and connections drawn over the tests of a run. */

import { html, nothing, svg } from "../vendor/lit-html.js";
import { describeConnection, describeLoop, describeMoment, nameEntry } from "./ledgers.js";
import { classOf, shortenTest } from "./findings.js";
import { requestDraw } from "../redraw.js";
import { count } from "../text.js";
import { MOST_TESTS, PHASES, layOut } from "./timeline.js";

const HUES = 6;

const whole = new WeakSet(); // runs of which all tests were asked for

function drawWhole(run) {
  whole.add(run);
  requestDraw();
}

/**
 * @param {any} run of the block "evidence"
 */
export function drawTimeline(run) {
  const found = layOut(run, whole.has(run) ? Infinity : MOST_TESTS);
  if (!found.loops.length && !found.connections.length) {
    return html`<p class="quiet">Nothing to draw: no loop and no connection was seen, or so many that the page leaves
      them out.</p>`;
  }
  const { width, height, columns } = found;
  return html`<figure class="timeline">
      <div class="wide" tabindex="0" role="group" aria-label="Drawing of loops and connections">
        <svg role="img" aria-label=${summarize(run)} width=${width} height=${height} viewBox="0 0 ${width} ${height}">
          ${found.loops.length ? drawTitle(columns.loops, "loops") : nothing}
          ${found.connections.length ? drawTitle(columns.connections, "connections") : nothing}
          ${found.rows.map((row) => drawRow(row, width, columns.phases, found.phase))}
          ${found.links.map((link) => drawLink(run, link))}
          ${found.loops.map((loop) => drawLoop(run, loop))}
          ${found.connections.map((connection) => drawConnection(run, connection))}
          ${found.links.filter(({ what }) => what !== "opened").map(drawEnds)}
        </svg>
      </div>
      <figcaption>${drawLegend(found)}${found.left ? drawMore(run, found.left) : nothing}</figcaption>
    </figure>`;
}

function drawMore(run, left) {
  return html`<button type="button" class="chip noprint" @click=${() => drawWhole(run)}>Draw ${count(left, "more test")}</button>`;
}

function summarize(run) {
  const foreign = (run.connections ?? []).filter((one) => (one.uses ?? []).some((use) => use.loop && one.loop && use.loop !== one.loop));
  return `${(run.loops ?? []).length} loops and ${(run.connections ?? []).length} connections over ${run.tests.length} tests; ` +
    `${foreign.length} of the connections used on another loop than their own. The same in words follows.`;
}

function drawTitle(x, text) {
  return svg`<text class="title" x=${x + 4} y="14">${text}</text>`;
}

function drawRow(row, width, phases, height) {
  if (!row.letter && row.height < 40) return svg`<g class="row outside"><rect x="0" y=${row.y} width=${width} height=${row.height} rx="4"/>
      <text x="8" y=${row.y + 16}>${row.name}</text></g>`;
  const [path, ...scopes] = row.name.split("::").slice(0, -1);
  const lines = [scopes.join("::"), path].filter(Boolean);
  return svg`<g class="row" data-test=${row.name}><title>${row.name}</title>
      <rect x="0" y=${row.y} width=${width} height=${row.height} rx="4"/>
      <text class="letter ${classOf(row.letter)}" x="8" y=${row.y + 18}>${row.letter}</text>
      <text class="name" x="24" y=${row.y + 18}>${cutFront(shortenTest(row.name), 20)}</text>
      ${lines.map((line, place) => svg`<text class="scope" x="24" y=${row.y + 37 + place * 17}>${cutFront(line, 22)}</text>`)}
      ${PHASES.map((phase, place) => svg`<text class="phase" x=${phases + 4} y=${row.y + place * height + 17}>${phase}</text>`)}
      ${[1, 2].map((place) => svg`<line class="rule" x1=${phases} x2=${width} y1=${row.y + place * height} y2=${row.y + place * height}/>`)}</g>`;
}

/** A name's end says most. */
function cutFront(text, most) {
  return text.length <= most ? text : `…${text.slice(text.length - most + 1)}`;
}

function hueOf(loop) {
  return loop ? `hue${(Number(loop.split("-").at(-1)) || 0) % HUES}` : "hueless";
}

function drawLoop(run, { name, x, top, bottom, label, open, ...loop }) {
  return svg`<g class="loop ${hueOf(name)}" data-loop=${name} data-open=${open}><title>${describeLoop(run, { name, ...loop })}</title>
      <rect class="bar" x=${x - 11} y=${top} width="22" height=${bottom - top} rx="5"/>
      ${open ? svg`<path class="torn" d="M${x - 11} ${bottom} l5.5 5 5.5 -5 5.5 5 5.5 -5"/>` : nothing}
      <text class="number" x=${x} y=${top + 12}>${label}</text></g>`;
}

function drawConnection(run, one) {
  const { x, top, bottom, orphaned } = one;
  const middle = orphaned === null ? bottom : Math.min(Math.max(orphaned, top), bottom);
  return svg`<g class="connection ${hueOf(one.loop)}" data-connection=${one.name} data-closed=${Boolean(one.closed)}>
      <title>${`${nameEntry(one.name)}: ${describeConnection(run, one).join("; ")}`}</title>
      <line class="bar" x1=${x} x2=${x} y1=${top + 6} y2=${middle}/>
      ${middle < bottom ? svg`<line class="bar orphaned" x1=${x} x2=${x} y1=${middle} y2=${bottom}/>` : nothing}
      ${one.closed
        ? svg`<line class="cap" x1=${x - 8} x2=${x + 8} y1=${bottom} y2=${bottom}/>`
        : svg`<path class="lost" d="M${x - 5} ${bottom - 1} l10 10 m0 -10 l-10 10"/>`}
      ${one.uses.filter((use) => !use.foreign).map((use) => svg`<circle class="use" cx=${x} cy=${use.y} r="4"/>`)}
      <rect class="pill" x=${x - 14} y=${top - 1} width="28" height="15" rx="7.5"/>
      <text class="number" x=${x} y=${top + 10.5}>${one.label}</text></g>`;
}

/** A line between a connection and a loop. */
function drawLink(run, link) {
  const words = `${nameEntry(link.connection)} ${link.what} on ${nameEntry(link.loop)} ${describeMoment(run, link.moment)}`;
  const hue = link.what === "opened" ? hueOf(link.loop) : "";
  return svg`<g class="link ${link.what} ${hue}" data-link=${link.what} data-of=${link.connection} data-on=${link.loop}>
      <title>${words}</title><line x1=${link.from} x2=${link.to} y1=${link.y} y2=${link.y}/></g>`;
}

/** The ends of a line that shouldn't be there, over the bars. */
function drawEnds({ what, from, to, y }) {
  const mark = what === "used" ? svg`<path d="M${to - 6} ${y} l6 -6 6 6 -6 6z"/>` : svg`<rect x=${to - 5} y=${y - 5} width="10" height="10"/>`;
  return svg`<g class="wrong"><circle cx=${from} cy=${y} r="4"/>${mark}</g>`;
}

function drawLegend({ hidden, connections, links }) {
  const items = [
    ["loop", "a loop, from where it is made to where it is closed; torn off: never closed"],
    ["connection", "a connection, in the colour of the loop it was opened on; dashed: that loop is closed"],
    ["use", "used on its own loop"],
    ...(links.some(({ what }) => what === "used") ? [["used", "used on another loop"]] : []),
    ...(links.some(({ what }) => what === "closed") ? [["closed", "closed on another loop"]] : []),
    ["cap", "closed"],
    ...(connections.some((one) => !one.closed) ? [["lost", "nobody closed it"]] : []),
  ];
  return html`<ul class="legend">${items.map(([name, text]) => html`<li>${drawSample(name)} ${text}</li>`)}</ul>
    ${hidden ? html`<p class="quiet">Not drawn: ${count(hidden, "loop")} that lasted for a part of a test and had no connection.</p>` : nothing}`;
}

const SAMPLES = {
  loop: svg`<g class="loop hue1"><rect class="bar" x="5" y="1" width="14" height="14" rx="4"/></g>`,
  connection: svg`<g class="connection hue1"><line class="bar" x1="12" x2="12" y1="0" y2="9"/>
    <line class="bar orphaned" x1="12" x2="12" y1="10" y2="22"/></g>`,
  use: svg`<g class="connection hue1"><line class="bar" x1="12" x2="12" y1="0" y2="16"/><circle class="use" cx="12" cy="8" r="4"/></g>`,
  used: svg`<g class="wrong"><line x1="2" x2="20" y1="8" y2="8"/><path d="M10 8 l6 -6 6 6 -6 6z"/><circle cx="4" cy="8" r="3.5"/></g>`,
  closed: svg`<g class="wrong"><line x1="2" x2="20" y1="8" y2="8"/><rect x="12" y="3" width="10" height="10"/><circle cx="4" cy="8" r="3.5"/></g>`,
  cap: svg`<g class="connection hue1"><line class="bar" x1="12" x2="12" y1="0" y2="12"/><line class="cap" x1="4" x2="20" y1="12" y2="12"/></g>`,
  lost: svg`<g class="connection hue1"><path class="lost" d="M7 3 l10 10 m0 -10 l-10 10"/></g>`,
};

function drawSample(name) {
  return html`<svg width="24" height=${name === "connection" ? 22 : 16} aria-hidden="true">${SAMPLES[name]}</svg>`;
}
