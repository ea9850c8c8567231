// What both views have in common: which rows are drawn, the keys, where the keyboard is, the flash of what changed.

const SLIDE_MS = 180, FLASH_MS = 1100, PAGE = 20;

/**
 * A place that draws the rows of `tree.choice.visible()`. A subclass says which of them are in the page, and where:
 * `place(changes)`, `reveal(row)`, `leave(row)`, `step(row, by)`. One row is `tree.active`: it has the keyboard. Where it
 * is not drawn (scrolled far away) the sheet itself has it, and goes on from that row.
 */
class Sheet {
  constructor(tree, kind, attributes) {
    Object.assign(this, { tree, kind, rows: [], order: new Map(), drawn: new Set() });
    this.el = h("div", { role: "tree", "data-lm-suppress-shortcuts": "true", tabindex: -1, ...attributes });
    this.el.addEventListener("click", (event) => this.onClick(event));
    this.el.addEventListener("keydown", (event) => this.onKey(event));
    this.el.addEventListener("focusin", (event) => { const row = this.rowOf(event.target); if (row) this.activate(row); });
  }

  rowOf(target) { return this.tree.znodes.rows.get(target.closest("[data-path]")?.dataset.path); }

  // --- drawing

  update(changes) {
    if (changes.shape) this.sync(changes);
    for (const row of changes.redraw) this.tree.cells.draw(row);
    if (!changes.quiet) this.flash(changes.marks);
  }

  /** Draw anew which rows there are; those that stay are not touched. */
  sync(changes = noChanges(true)) {
    const before = this.rows;
    this.rows = this.tree.choice.visible();
    this.order = new Map(this.rows.map((row, index) => [row, index]));
    this.keepKeyboard(() => {
      if (!this.order.has(this.tree.active)) this.tree.active = this.heir(before);
      this.place(changes);
    });
  }

  /** Do `draw()`, which may take away the element that has the keyboard. */
  keepKeyboard(draw) {
    const focused = this.el.contains(document.activeElement);
    draw();
    this.activate(this.tree.active, focused && !this.el.contains(document.activeElement));
  }

  /** Who follows the active row that is not shown any more: the branch that hides it, else its neighbour. */
  heir(before) {
    const lost = this.tree.active, at = before.indexOf(lost);
    if (this.tree.znodes.rows.get(lost.path) === lost) for (let up = lost; up; up = up.parent) if (this.order.has(up)) return up;
    const near = [...before.slice(at + 1), ...before.slice(0, Math.max(at, 0)).reverse()];
    return near.find((row) => this.order.has(row)) ?? this.rows[0];
  }

  build(row) {
    this.drawn.add(row);
    return this.tree.cells.build(row, this.kind);
  }

  detach(row) {
    this.drawn.delete(row);
    row.el.remove();
    row.el = null;
  }

  clear() {
    for (const row of [...this.drawn]) this.detach(row);
    this.rows = [];
    this.order.clear();
  }

  calm(quiet = false) { return quiet || this.rows.length > CALM_ABOVE || matchMedia("(prefers-reduced-motion: reduce)").matches; }

  /** Mark what changed, or the branch that hides it. Where things are to be calm the mark does not fade, it ends. */
  flash(rows) {
    const marked = new Set();
    for (let row of rows) {
      while (row && !this.order.has(row)) row = row.parent;
      if (row?.el) marked.add(row.el);
    }
    const easing = this.calm() ? "steps(1, end)" : "ease-out";
    for (const el of marked) el.animate([{ backgroundColor: "var(--lk-flash)" }, { backgroundColor: "transparent" }], { duration: FLASH_MS, easing });
  }

  // --- the keyboard and the mouse

  /** Give the keyboard to a row; with `focus` at once, else when Tab comes here. */
  activate(row, focus = false) {
    const before = this.tree.active;
    if (before.el) before.el.tabIndex = -1;
    this.tree.active = row;
    if (row.el) row.el.tabIndex = 0;
    this.el.tabIndex = row.el ? -1 : 0;
    if (focus) (row.el ?? this.el).focus({ preventScroll: !row.el });
    if (row !== before) this.tree.bar.draw();
  }

  go(row) {
    if (!row) return;
    this.reveal(row);
    this.activate(row, true);
  }

  /** The keyboard comes here, to the row that had it last. */
  enter() { this.go(this.tree.active); }

  onClick(event) {
    const row = this.rowOf(event.target);
    if (!row) return;
    this.activate(row, true);
    if (event.target.closest(".lk-open, .lk-closed")) this.tree.toggle(row); else this.tree.detail.toggle(row);
  }

  /** The keys of the WAI-ARIA tree pattern, and three of our own. */
  keys(row) {
    const { tree } = this, at = this.order.get(row), branch = tree.choice.isBranch(row), open = branch && tree.choice.isOpen(row);
    return {
      ArrowDown: () => this.go(this.step(row, 1)), ArrowUp: () => this.go(this.step(row, -1)),
      PageDown: () => this.go(this.rows[Math.min(at + PAGE, this.rows.length - 1)]), PageUp: () => this.go(this.rows[Math.max(at - PAGE, 0)]),
      Home: () => this.go(this.rows[0]), End: () => this.go(this.rows.at(-1)),
      ArrowRight: () => (open ? this.go(this.rows[at + 1]) : branch && tree.toggle(row)),
      ArrowLeft: () => (open ? tree.toggle(row) : row !== tree.choice.base && this.go(row.parent)),
      Enter: () => tree.detail.toggle(row), " ": () => tree.detail.toggle(row), Escape: () => tree.escape(),
      "/": () => tree.bar.open(), ".": () => tree.focusOn(row), Backspace: () => tree.focusOn(tree.choice.base.parent),
    };
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = this.tree.active;
    const action = this.keys(row)[event.key] ?? (event.key.length === 1 ? () => this.go(this.typeAhead(row, event.key.toLowerCase())) : null);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // or the notebook would take it as a command
    action();
  }

  typeAhead(row, key) {
    const from = this.order.get(row) + 1;
    return [...this.rows.slice(from), ...this.rows.slice(0, from)].find((one) => nameOf(one.path).toLowerCase().startsWith(key));
  }
}
