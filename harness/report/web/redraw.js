/** Drawing again: views ask for it when something changed that the address doesn't name. */

let drawNow = () => {};
let waiting = false;

/** Set what draws the page. */
export function setDraw(draw) {
  drawNow = draw;
}

/** Draw before the next frame, once, however often that is asked for. */
export function requestDraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    drawNow();
  });
}
