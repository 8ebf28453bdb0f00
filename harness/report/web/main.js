/** Reads the data and draws the view that the address names. */

import { html, render } from "./vendor/lit-html.js";
import { readBlock } from "./blocks.js";
import { Model } from "./model.js";
import { readState } from "./state.js";
import { drawAnswer } from "./views/answer.js";

const VIEWS = { answer: drawAnswer };

const model = new Model(await readBlock("data"));
const app = document.getElementById("app");

function draw() {
  const state = readState();
  const view = VIEWS[state.view] ?? drawAnswer;
  render(html`<main id="main" tabindex="-1">${view(model, state)}</main>`, app);
}

addEventListener("hashchange", draw);
addEventListener("popstate", draw);
app.replaceChildren();
draw();
