/**
 * A grid of which only the rows in sight are in the page. Rows are of one height, so that where each one is follows
 * from its number; a row's elements are used again for another one. The places of a row are one picture, and elements of
 * their own only where the pointer or the focus is.
 */

const AHEAD = 5;
/** Milliseconds without scrolling after which it has ended; browsers say so after each step of a script, too. */
const REST = 150;
const HEADER = -1;
const REM = parseFloat(getComputedStyle(document.documentElement).fontSize);

export class Grid {
  /**
   * @param {any} painter `fillHead(head)`, `makeRow()`, `fillRow(element, row, live)`; `fold(row)` opens or closes a
   *   row; `narrow(row, column)` shows what a bar counts; `explain(row, column, element)` shows the short answer to what has the focus or the pointer, null ends that
   */
  constructor(painter) {
    this.painter = painter;
    this.rows = [];
    this.columnCount = 0;
    this.active = { row: 0, column: HEADER };
    /** The row that the pointer is on. */
    this.pointed = null;
    this.painted = new Map();
    this.spare = [];
    this.head = document.createElement("div");
    this.head.className = "head";
    this.head.setAttribute("role", "row");
    this.body = document.createElement("div");
    this.body.className = "rows";
    this.body.setAttribute("role", "rowgroup");
    this.element = document.createElement("div");
    this.element.className = "grid";
    this.element.setAttribute("role", "treegrid");
    this.element.append(this.head, this.body);
    this.element.addEventListener("scroll", () => this.scroll(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.element.addEventListener("click", (event) => this.choose(event));
    this.element.addEventListener("focusin", (event) => this.follow(event));
    this.element.addEventListener("focusout", () => this.painter.explain(null));
    this.element.addEventListener("pointermove", (event) => this.point(event));
    this.element.addEventListener("pointerleave", () => this.painter.explain(null));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.measure());
    addEventListener("themechange", () => this.measure());
    new ResizeObserver(() => (this.element.clientWidth === this.width ? this.paint() : this.measure())).observe(this.element);
  }

  /** Show other rows and columns. What was scrolled to stays. */
  show({ rows, columnCount, label }) {
    this.rows = rows;
    this.columnCount = columnCount;
    this.element.setAttribute("aria-label", label);
    this.element.setAttribute("aria-rowcount", rows.length + 1);
    this.element.setAttribute("aria-colcount", columnCount + 1);
    this.painter.fillHead(this.head);
    this.active.row = Math.max(0, Math.min(this.active.row, rows.length - 1));
    this.active.column = Math.min(this.active.column, columnCount - 1);
    if (this.element.isConnected) this.measure();
    else queueMicrotask(() => this.measure()); // when the view is in the page
  }

  /** Sizes that styles need as numbers: a column is as wide as there is room, within limits. */
  measure() {
    if (!this.element.isConnected) return;
    const styles = getComputedStyle(this.element);
    const read = (name) => parseFloat(styles.getPropertyValue(name)) * (styles.getPropertyValue(name).endsWith("rem") ? REM : 1);
    this.height = read("--row");
    this.width = this.element.clientWidth;
    const room = (this.width - read("--name")) / Math.max(1, this.columnCount);
    const slot = Math.floor(clamp(room, read("--least"), read("--most")));
    this.element.style.setProperty("--slot", `${slot}px`);
    this.element.style.setProperty("--width", `${Math.max(this.width, read("--name") + slot * this.columnCount)}px`);
    this.body.style.height = `${this.rows.length * this.height}px`;
    this.painter.resize(this.element, slot, this.height);
    this.slot = slot;
    const hadFocus = this.body.contains(document.activeElement);
    this.recycle(() => true);
    this.paint();
    if (hadFocus) this.marked?.focus({ preventScroll: true });
    this.order();
  }

  /** Put aside the elements of rows for which `isPast`. */
  recycle(isPast) {
    for (const [number, element] of this.painted) {
      if (!isPast(number)) continue;
      this.painted.delete(number);
      this.spare.push(element);
    }
  }

  scroll() {
    this.paint();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST);
  }

  paint() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - AHEAD);
    const last = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / this.height) + AHEAD);
    const isKept = (number) => (number >= first && number < last) || number === this.active.row;
    this.recycle((number) => !isKept(number));
    for (let number = first; number < last; number += 1) this.paintRow(number);
    if (this.rows.length) this.paintRow(this.active.row);
    for (const element of this.spare.splice(2 * AHEAD)) element.remove();
    for (const element of this.spare) element.hidden = true;
  }

  /** When scrolling has ended, the keyboard goes on from what is in sight. */
  rest() {
    this.order();
    if (this.body.contains(document.activeElement)) return;
    const { scrollTop, clientHeight } = this.element;
    const first = Math.ceil(scrollTop / this.height);
    const last = Math.floor((scrollTop + clientHeight - this.head.offsetHeight) / this.height) - 1;
    const row = clamp(clamp(this.active.row, first, Math.max(first, last)), 0, this.rows.length - 1);
    if (row === this.active.row) return;
    this.enliven({ active: row });
    this.mark();
    this.paint();
  }

  /** Elements in the order of their rows, for whoever reads the page in the order of its elements. */
  order() {
    const move = this.body.moveBefore ?? this.body.insertBefore;
    if (!this.body.moveBefore && this.body.contains(document.activeElement)) return;
    let next = this.body.firstElementChild;
    for (const [, element] of [...this.painted].sort(([one], [other]) => one - other)) {
      if (element === next) next = next.nextElementSibling;
      else move.call(this.body, element, next);
    }
  }

  paintRow(number) {
    if (this.painted.has(number)) return;
    const element = this.spare.pop() ?? this.body.appendChild(this.painter.makeRow());
    this.painted.set(number, element);
    element.hidden = false;
    element.style.transform = `translateY(${number * this.height}px)`;
    element.setAttribute("aria-rowindex", number + 2);
    element.dataset.row = number;
    this.fillRow(number);
    if (number === this.active.row) this.mark();
  }

  fillRow(number) {
    this.painter.fillRow(this.painted.get(number), this.rows[number], this.isLive(number));
  }

  /** Whether the places of a row are elements. */
  isLive(number) {
    return number === this.active.row || number === this.pointed;
  }

  /** Move what makes rows live. A row that stays so keeps its elements: one of them may be about to be clicked. */
  enliven(change) {
    const rows = [this.active.row, this.pointed, ...Object.values(change)].filter((one) => this.painted.has(one));
    const before = new Map(rows.map((one) => [one, this.isLive(one)]));
    this.active.row = change.active ?? this.active.row;
    this.pointed = change.pointed ?? this.pointed;
    for (const [one, live] of before) if (this.isLive(one) !== live) this.fillRow(one);
  }

  /** The element that has the focus of a row and column: the first thing to click in it. */
  find({ row, column }) {
    const [head, , slots] = this.painted.get(row)?.children ?? [];
    return (column === HEADER ? head : slots?.children[column])?.firstElementChild ?? null;
  }

  mark() {
    this.marked?.setAttribute("tabindex", "-1");
    this.marked = this.find(this.active);
    this.marked?.setAttribute("tabindex", "0");
  }

  /** The row and column of what the pointer or the focus is on; null for the head. */
  locate({ target, clientX }) {
    const element = target.closest("[data-row]");
    if (!element) return null;
    const [head, strip, slots] = element.children;
    const row = Number(element.dataset.row);
    if (head.contains(target)) return { row, column: HEADER };
    const slot = target.closest(".slot");
    if (slot) return { row, column: [...slots.children].indexOf(slot) };
    const column = Math.floor((clientX - strip.getBoundingClientRect().left) / this.slot);
    return column >= 0 && column < this.columnCount ? { row, column } : null;
  }

  follow(event) {
    const place = this.locate(event);
    if (!place) return;
    this.enliven({ active: place.row });
    this.active = place;
    this.mark();
    this.explain(place);
  }

  point(event) {
    const place = this.locate(event);
    if (place) this.enliven({ pointed: place.row });
    this.explain(place);
  }

  explain(place) {
    const element = place && this.find(place);
    this.painter.explain(element ? this.rows[place.row] : null, place?.column, element);
  }

  press(event) {
    if (event.altKey || event.metaKey || event.target.closest("[data-row]") === null) return;
    if (event.key === "Escape") this.painter.explain(null);
    if (event.key === "Enter") this.choose(event);
    const row = this.rows[this.active.row];
    if (this.active.column === HEADER && this.fold(event, row)) return;
    const next = this.move(event);
    if (!next) return;
    event.preventDefault();
    this.focus(next);
  }

  /** A bar leads to what it counts, a square is a link; a touch may meet the picture of either. */
  choose(event) {
    const place = this.locate(event);
    if (!place || place.column === HEADER) return;
    const element = this.find(place);
    if (element?.classList.contains("share")) this.painter.narrow(this.rows[place.row], place.column);
    else if (element && event.type === "click" && !element.contains(event.target)) element.click();
  }

  /** The arrows on a row's head open and close it, as in any tree. */
  fold(event, row) {
    const folds = row.foldable && ((event.key === "ArrowRight" && !row.open) || (event.key === "ArrowLeft" && row.open));
    if (!folds) return false;
    event.preventDefault();
    this.painter.fold(row);
    return true;
  }

  move({ key, ctrlKey }) {
    const { row, column } = this.active;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 3);
    const moves = {
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      PageUp: { row: row - page, column },
      PageDown: { row: row + page, column },
      Home: ctrlKey ? { row: 0, column } : { row, column: HEADER },
      End: ctrlKey ? { row: this.rows.length - 1, column } : { row, column: this.columnCount - 1 },
    };
    const next = moves[key];
    return next && { row: clamp(next.row, 0, this.rows.length - 1), column: clamp(next.column, HEADER, this.columnCount - 1) };
  }

  /** Go to a row and column with the keyboard, and bring it into sight. */
  focus(place) {
    this.enliven({ active: place.row });
    this.active = place;
    const { element, height } = this;
    const top = place.row * height;
    const room = element.clientHeight - this.head.offsetHeight - height;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top > element.scrollTop + room) element.scrollTop = top - room;
    this.paint();
    this.mark();
    this.marked?.focus({ preventScroll: true });
    if (place.column >= 0) this.showColumn(this.marked);
    else element.scrollLeft = 0;
  }

  showColumn(element) {
    if (!element) return;
    const left = element.offsetLeft - element.closest("[data-row]").firstElementChild.offsetWidth;
    const right = element.offsetLeft + element.offsetWidth - this.element.clientWidth;
    if (this.element.scrollLeft > left) this.element.scrollLeft = left;
    else if (this.element.scrollLeft < right) this.element.scrollLeft = right;
  }
}

function clamp(number, least, most) {
  return Math.max(least, Math.min(most, number));
}
