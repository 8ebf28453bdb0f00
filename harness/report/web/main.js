/** Reads the data and draws the view that the address names. */

import { html, render } from "./vendor/lit-html.js";
import { readBlock } from "./blocks.js";
import { Finder } from "./find/finder.js";
import { listenForKeys } from "./keys.js";
import { Model } from "./model.js";
import { setDraw } from "./redraw.js";
import { drawShell } from "./shell.js";
import { addressOf, readState } from "./state.js";
import { readTheme, showTheme } from "./theme.js";
import { drawAbout } from "./views/about.js";
import { drawAnswer } from "./views/answer.js";
import { drawCell } from "./views/cell.js";
import { drawCompare } from "./views/compare.js";
import { drawMatrix } from "./views/matrix.js";
import { drawFailure, drawMissing } from "./views/missing.js";
import { drawSuiteView, hasSuites, isOneSuite } from "./views/suite.js";

showTheme(readTheme());

/**
 * Each by its name in the address. Without a label it isn't in the navigation; `isThere` leaves out what is empty. One
 * that `finds` shows what the find box selects, `state.query`.
 */
const VIEWS = [
  { name: "answer", label: "Answer", draw: drawAnswer, isThere: (model) => !isOneSuite(model) },
  { name: "matrix", label: "Matrix", draw: drawMatrix, finds: true },
  { name: "compare", label: "Compare", draw: drawCompare, finds: true },
  { name: "suite", label: "Your suite", draw: drawSuiteView, isThere: hasSuites },
  { name: "cell", draw: drawCell },
  { name: "about", label: "About", draw: drawAbout },
];

const model = new Model(await readBlock("data"));
const finder = new Finder(model);
const app = document.getElementById("app");
const links = VIEWS.filter((view) => view.label && (view.isThere?.(model) ?? true));
const scrolled = new Map();
if (/^#?\/?$/.test(location.hash) && model.cells.length === 1 && !isOneSuite(model)) {
  history.replaceState(null, "", addressOf("cell", model.cells[0])); // there is nothing else to look at
}
let shown = null;

function drawView(view, state) {
  try {
    return view ? view.draw(model, state) : drawMissing(`view “${state.view}”`);
  } catch (error) {
    console.error(error);
    return drawFailure(error);
  }
}

function draw() {
  const state = readState();
  if (state.view === "answer" && isOneSuite(model)) state.view = "suite";
  const view = VIEWS.find((one) => one.name === state.view);
  state.query = finder.read(state.settings.get("find") ?? "");
  state.finds = view?.finds ?? false;
  const place = `${state.view}/${state.subject}`;
  render(drawShell(finder, state, links, drawView(view, state)), app);
  if (place === shown) return;
  document.title = [state.subject || view?.label, model.data.title].filter(Boolean).join(" – ");
  if (shown !== null) {
    document.getElementById("main").focus({ preventScroll: true });
    scrollTo(0, scrolled.get(location.hash) ?? 0);
  }
  shown = place;
}

/** What was scrolled to is found again by the back button; a link begins at the top. */
history.scrollRestoration = "manual";
let drawn = location.hash;
addEventListener("scroll", () => scrolled.set(drawn, scrollY), { passive: true });
addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#/"]');
  if (link && !event.defaultPrevented) scrolled.delete(link.getAttribute("href"));
});

/** The back button fires both events; an address is drawn once. */
function follow() {
  if (location.hash === drawn) return;
  drawn = location.hash;
  draw();
}
addEventListener("hashchange", follow);
addEventListener("popstate", follow);

setDraw(draw);
listenForKeys();
app.replaceChildren();
draw();
requestAnimationFrame(() => performance.mark("drawn"));
