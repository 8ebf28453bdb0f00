/**
 * A grid of which only the rows in sight are in the page. Rows are of one height, so that where each one is follows
 * from its number; a row's elements are used again for another one.
 */

const AHEAD = 10;
const HEADER = -1;

export class Grid {
  /**
   * @param {any} painter `fillHead(head)`, `makeRow()`, `fillRow(element, row, number)`; `fold(row)` opens or closes a
   *   row; `narrow(row, column)` shows what a bar counts; `explain(row, column, element)` shows the short answer to what has the focus or the pointer, null ends that
   */
  constructor(painter) {
    this.painter = painter;
    this.rows = [];
    this.columnCount = 0;
    this.active = { row: 0, column: HEADER };
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
    this.element.addEventListener("scroll", () => this.paint(), { passive: true });
    this.element.addEventListener("scrollend", () => this.order());
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.element.addEventListener("click", (event) => this.choose(event));
    this.element.addEventListener("focusin", (event) => this.follow(event));
    this.element.addEventListener("focusout", () => this.painter.explain(null));
    this.element.addEventListener("pointerover", (event) => this.point(event));
    this.element.addEventListener("pointerleave", () => this.painter.explain(null));
    new ResizeObserver(() => this.measure()).observe(this.element);
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
    const hadFocus = this.body.contains(document.activeElement);
    this.recycle(() => true);
    this.measure();
    if (hadFocus) this.marked?.focus({ preventScroll: true });
    this.order();
  }

  measure() {
    this.height = parseFloat(getComputedStyle(this.element).getPropertyValue("--row")) || 30;
    this.body.style.height = `${this.rows.length * this.height}px`;
    this.recycle((number, element) => {
      element.style.transform = `translateY(${number * this.height}px)`;
      return false;
    });
    this.paint();
  }

  /** Put aside the elements of rows for which `isPast`. */
  recycle(isPast) {
    for (const [number, element] of this.painted) {
      if (!isPast(number, element)) continue;
      this.painted.delete(number);
      this.spare.push(element);
    }
  }

  paint() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - AHEAD);
    const last = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / this.height) + AHEAD);
    if (!this.body.contains(document.activeElement)) this.stay(scrollTop, clientHeight);
    const isKept = (number) => (number >= first && number < last) || number === this.active.row;
    this.recycle((number) => !isKept(number));
    for (let number = first; number < last; number += 1) this.paintRow(number);
    if (this.rows.length) this.paintRow(this.active.row);
    for (const element of this.spare.splice(2 * AHEAD)) element.remove();
    for (const element of this.spare) element.hidden = true;
  }

  /** The keyboard goes on from what is in sight. */
  stay(scrollTop, clientHeight) {
    const first = Math.ceil(scrollTop / this.height);
    const last = Math.floor((scrollTop + clientHeight - this.head.offsetHeight) / this.height) - 1;
    const row = clamp(clamp(this.active.row, first, Math.max(first, last)), 0, this.rows.length - 1);
    if (row === this.active.row) return;
    this.active.row = row;
    if (this.painted.has(row)) this.mark();
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
    this.painter.fillRow(element, this.rows[number], number);
    if (number === this.active.row) this.mark();
  }

  /** The element that has the focus of a row and column: the first thing to click in it. */
  find({ row, column }) {
    const slot = this.painted.get(row)?.children[column + 1];
    return slot?.firstElementChild ?? null;
  }

  mark() {
    this.marked?.setAttribute("tabindex", "-1");
    this.marked = this.find(this.active);
    this.marked?.setAttribute("tabindex", "0");
  }

  /** Where an element is. */
  locate(element) {
    const row = element.closest("[data-row]");
    if (!row) return null;
    const slot = element.closest("[role=gridcell], [role=rowheader]");
    return slot && { row: Number(row.dataset.row), column: [...row.children].indexOf(slot) - 1 };
  }

  follow(event) {
    const place = this.locate(event.target);
    if (!place) return;
    this.active = place;
    this.mark();
    this.explain(place);
  }

  point(event) {
    this.explain(this.locate(event.target));
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

  /** A bar leads to what it counts; squares are links. */
  choose(event) {
    const place = event.target.closest(".bar") && this.locate(event.target);
    if (place) this.painter.narrow(this.rows[place.row], place.column);
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
    const slot = element?.parentElement;
    if (!slot) return;
    const left = slot.offsetLeft - slot.parentElement.firstElementChild.offsetWidth;
    const right = slot.offsetLeft + slot.offsetWidth - this.element.clientWidth;
    if (this.element.scrollLeft > left) this.element.scrollLeft = left;
    else if (this.element.scrollLeft < right) this.element.scrollLeft = right;
  }
}

function clamp(number, least, most) {
  return Math.max(least, Math.min(most, number));
}
