/** Reads the data and draws the view that the address names. */

import { html, render } from "./vendor/lit-html.js";
import { readBlock } from "./blocks.js";
import { listenForKeys } from "./keys.js";
import { Model } from "./model.js";
import { setDraw } from "./redraw.js";
import { drawShell } from "./shell.js";
import { readState } from "./state.js";
import { readTheme, showTheme } from "./theme.js";
import { drawAbout } from "./views/about.js";
import { drawAnswer } from "./views/answer.js";
import { drawFailure, drawMissing } from "./views/missing.js";

showTheme(readTheme());

/** Each by its name in the address. Without a label it isn't in the navigation; `isThere` leaves out what is empty. */
const VIEWS = [
  { name: "answer", label: "Answer", draw: drawAnswer },
  { name: "about", label: "About", draw: drawAbout },
];

const model = new Model(await readBlock("data"));
const app = document.getElementById("app");
const links = VIEWS.filter((view) => view.label && (view.isThere?.(model) ?? true));
const scrolled = new Map();
let shown = null;

function drawView(state) {
  const view = VIEWS.find((one) => one.name === state.view);
  try {
    return view ? view.draw(model, state) : drawMissing(`view “${state.view}”`);
  } catch (error) {
    console.error(error);
    return drawFailure(error);
  }
}

function draw() {
  const state = readState();
  const place = `${state.view}/${state.subject}`;
  render(drawShell(model, state, links, drawView(state)), app);
  if (place === shown) return;
  const label = VIEWS.find((one) => one.name === state.view)?.label;
  document.title = [state.subject || label, model.data.title].filter(Boolean).join(" – ");
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
