/**
 * A row's squares and bars, drawn into one canvas: laid out as elements they would cost more than a frame has while one
 * scrolls. Each kind of square is drawn once and copied.
 */

import { STATUSES, WORST, rankOf } from "../model.js";
import { writeShare } from "./squares.js";

const ROUND = 3;
const GAP = 1;
const FONT = "system-ui, 'Segoe UI', Roboto, sans-serif";

export class Strip {
  /**
   * @param {HTMLElement} element whose style the colours are of
   * @param {number} slot the width of a column
   * @param {number} height of a row
   */
  constructor(element, slot, height) {
    this.slot = slot;
    this.height = height;
    this.scale = devicePixelRatio;
    this.colours = readColours(element);
    this.kinds = new Map();
    this.squares = new Map();
    this.mixed = new Map();
  }

  /** Make a canvas ready for a row of so many columns. */
  begin(canvas, columns) {
    const [width, height] = [columns * this.slot, this.height].map((size) => Math.round(size * this.scale));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${columns * this.slot}px`;
      canvas.style.height = `${this.height}px`;
    }
    const context = getContext(canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }

  /** Put a verdict's square into a column. */
  putSquare(context, column, verdict, mixed) {
    const known = mixed ? this.mixed : this.squares;
    if (!known.has(verdict)) known.set(verdict, this.findSquare(verdict, mixed));
    context.drawImage(known.get(verdict), Math.round(column * this.slot * this.scale), 0);
  }

  /** Many verdicts look the same. */
  findSquare(verdict, mixed) {
    const key = `${verdict.status} ${verdict.body} ${verdict.cleanup} ${mixed}`;
    if (!this.kinds.has(key)) this.kinds.set(key, this.makeSquare(verdict, mixed));
    return this.kinds.get(key);
  }

  makeSquare(verdict, mixed) {
    const canvas = document.createElement("canvas");
    const context = this.begin(canvas, 1);
    context.scale(this.scale, this.scale);
    const { kind, letter } = STATUSES[rankOf(verdict.status)];
    const [body, cleanup] = [verdict.body ?? "clean", verdict.cleanup ?? "clean"].map((one) => STATUSES[rankOf(one)].kind);
    const split = body !== cleanup || body !== kind;
    this.clip(context, 0);
    this.fill(context, split ? body : kind, 0, 0.5);
    this.fill(context, split ? cleanup : kind, 0.5, 1);
    this.write(context, letter, 0, { colour: split ? this.colours.ink : this.colours[kind].ink, size: 13, weight: 600, underline: mixed });
    return canvas;
  }

  /** Put a bar of counts into a column, with its number and, for one of its own, its total. */
  putBar(context, column, counts, total, same) {
    context.save();
    context.scale(this.scale, this.scale);
    context.translate(column * this.slot, 0);
    this.clip(context);
    let from = 0;
    for (let rank = 0; rank <= WORST; rank += 1) {
      const to = from + counts[rank] / total;
      if (counts[rank]) this.fill(context, STATUSES[rank].kind, from, to);
      from = to;
    }
    const colour = this.colours.ink;
    this.write(context, writeShare(counts, total), same ? 0 : -5, { colour, size: 13, weight: 500 });
    if (!same) this.write(context, `/${total.toLocaleString("en")}`, 6, { colour, size: 10, weight: 500 });
    context.restore();
  }

  clip(context) {
    context.beginPath();
    context.roundRect(GAP, GAP, this.slot - 2 * GAP, this.height - 2 * GAP, ROUND);
    context.clip();
  }

  fill(context, kind, from, to) {
    const width = this.slot - 2 * GAP;
    context.fillStyle = this.colours[kind].fill;
    context.fillRect(GAP + from * width, GAP, (to - from) * width, this.height - 2 * GAP);
  }

  write(context, text, down, { colour, size, weight, underline = false }) {
    context.font = `${weight} ${size}px ${FONT}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = colour;
    const middle = this.height / 2 + down;
    context.fillText(text, this.slot / 2, middle + 0.5);
    if (underline) context.fillRect(this.slot / 2 - 5, middle + 8, 10, 1.5);
  }
}

/** In the processor's memory: there are many small ones. */
function getContext(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** The colours of the theme, as numbers. */
function readColours(element) {
  const probe = element.appendChild(document.createElement("span"));
  const read = () => {
    const { backgroundColor, color } = getComputedStyle(probe);
    return { fill: backgroundColor, ink: color };
  };
  const colours = { ink: read().ink };
  for (const { kind } of STATUSES) {
    probe.className = kind;
    colours[kind] = read();
  }
  probe.remove();
  return colours;
}
