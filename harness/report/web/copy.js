/** Copying texts, also where a page that was opened as a file has no clipboard. */

import { html } from "./vendor/lit-html.js";

const SHOWN = 1600; // ms that a button says it

/**
 * A button that copies a text.
 * @param {() => string} read the text
 * @param {string} what it is, for those who don't see where the button stands
 */
export function drawCopy(read, what) {
  return html`<button type="button" class="copy noprint" @click=${(event) => copyFrom(event.currentTarget, read())}>
    <span class="idle">Copy<span class="hidden"> ${what}</span></span><span class="done" role="status"></span></button>`;
}

async function copyFrom(button, text) {
  const done = await copyText(text);
  const status = button.querySelector(".done");
  status.textContent = done ? "Copied" : "Select and copy it by hand";
  button.classList.add("copied");
  setTimeout(() => {
    status.textContent = "";
    button.classList.remove("copied");
  }, SHOWN);
}

/** Copy a text; whether that worked. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "hidden";
  area.value = text;
  area.setAttribute("aria-hidden", "true");
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}
