/** Texts with `code` in them, and verdicts, as views show them. */

import { html, nothing } from "./vendor/lit-html.js";
import { STATUSES } from "./model.js";

const CODE = /`([^`]+)`/;

const BY_NAME = new Map(STATUSES.map((status) => [status.name, status]));

/** A text in which backticks stand around code. */
export function drawProse(text) {
  return drawCode(text, (part) => part);
}

/** The same, with `draw` for what isn't code. A backtick without another one is a character. */
export function drawCode(text, draw) {
  return text.split(CODE).map((part, place) => (place % 2 ? html`<code>${part}</code>` : draw(part)));
}

/** The square with a status's letter. */
export function drawStatus(status, label = "") {
  const { letter, kind } = BY_NAME.get(status) ?? { letter: "·", kind: "none" };
  const words = describeStatus(status);
  return html`<span class="verdict ${kind}" title=${label || words}>${letter}<span class="hidden"> ${label ? nothing : words}</span></span>`;
}

/** `a known error` */
export function describeStatus(status) {
  return BY_NAME.get(status)?.words ?? status;
}

/** A link out of the page; only what is an address of the web is one. */
export function drawAddress(address, text) {
  return /^https?:\/\//.test(address) ? html`<a href=${address} rel="noreferrer">${text}</a>` : text;
}

/** With its first letter as a capital. */
export function capitalize(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
