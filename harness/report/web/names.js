/** How errors are named wherever they are shown: by the text that people meet, and by their id in small print. */

import { html } from "./vendor/lit-html.js";
import { drawCode } from "./prose.js";

const ID = /([a-z]+(?:-[a-z]+)+)/;

/** A signature's title and its id. */
export function drawSignatureName(model, number) {
  const signature = model.signatures[number];
  return signature ? html`${signature.title} <code class="id">${signature.name}</code>` : model.nameSignature(number);
}

/** A verdict's label or a sentence, with the ids in it as `drawSignatureName` has them. Backticks stand around code. */
export function drawNames(model, text, draw = drawSignatureName) {
  return drawCode(text, (prose) =>
    splitNames(model, prose).map(({ text: part, number }) => (number === undefined ? spaceArrows(part) : draw(model, number))),
  );
}

/** The same without ids, for rows of a table that have them in their tooltips. */
export function drawTitles(model, text) {
  return drawNames(model, text, (_, number) => model.signatures[number].title);
}

const written = new Map(); // the matrix asks for the same few labels for each of its squares

/** The same as plain text. */
export function writeNames(model, text) {
  if (!written.has(text)) written.set(text, splitNames(model, text).map((part) => writeName(model, part)).join(""));
  return written.get(text);
}

function writeName(model, { text, number }) {
  return number === undefined ? spaceArrows(text) : `${model.signatures[number].title} (${text})`;
}

function splitNames(model, text) {
  return text.split(ID).map((part, place) => ({ text: part, number: place % 2 ? model.signatureNumber.get(part) : undefined }));
}

function spaceArrows(text) {
  return text.replaceAll("←", " ← ");
}
