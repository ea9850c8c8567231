// The tree as indented rows. Up to ALL_UP_TO of them are all in the page, so that its own search finds them; of more
// only those around the part that is looked at, with empty space for the others.

const ROW_PX = 25, ALL_UP_TO = 600, AROUND = 60, MARGIN = 20;

class RowsSheet extends Sheet {
  constructor(tree) {
    super(tree, "row", { class: "lk-rows", "aria-label": "znodes", style: `--lk-row: ${ROW_PX}px` }); // known before it is in a page
    const space = () => h("div", { class: "lk-space", role: "presentation", hidden: "" });
    Object.assign(this, { above: space(), below: space(), from: 0, to: 0 });
    this.el.append(this.above, this.below);
    this.el.addEventListener("scroll", () => this.onScroll());
  }

  /** Which rows are looked at, as numbers from and to. */
  looked() {
    const first = Math.floor(this.el.scrollTop / ROW_PX);
    return [first, first + Math.ceil(this.el.clientHeight / ROW_PX)];
  }

  place(changes) {
    const [first, last] = this.looked(), all = this.rows.length <= ALL_UP_TO;
    this.from = all ? 0 : Math.max(0, Math.min(first, this.rows.length) - AROUND);
    this.to = all ? this.rows.length : Math.min(this.rows.length, last + AROUND);
    const wanted = this.rows.slice(this.from, this.to), keep = new Set(wanted);
    for (const row of [...this.drawn]) if (!keep.has(row)) this.detach(row);
    this.insert(wanted, changes);
    this.space(this.above, this.from);
    this.space(this.below, this.rows.length - this.to);
    if (!all || this.numbered) wanted.forEach((row) => this.number(row, !all && !this.tree.choice.searching));
    this.numbered = !all;
  }

  /** Their order never changes, so it is enough to put the missing ones between the others. */
  insert(wanted, changes) {
    let at = this.above.nextElementSibling;
    for (const row of wanted) {
      if (row.el) { at = row.el.nextElementSibling; continue; }
      this.el.insertBefore(this.build(row), at);
      if (changes.arrived.has(row) && !this.calm(changes.quiet)) this.slide(row.el);
    }
  }

  space(el, rows) {
    el.hidden = !rows;
    el.style.height = `${rows * ROW_PX}px`;
  }

  /** Where not all rows are in the page, a screen reader cannot count them. */
  number(row, known) {
    const kids = row === this.rows[0] ? [row] : row.parent.kids;
    const numbers = { "aria-setsize": kids.length, "aria-posinset": indexFor(kids, row.path) + 1 };
    for (const [name, value] of Object.entries(numbers)) known ? row.el.setAttribute(name, value) : row.el.removeAttribute(name);
  }

  onScroll() {
    const [first, last] = this.looked(), n = this.rows.length;
    const near = (this.from > 0 && first < this.from + MARGIN) || (this.to < n && last > this.to - MARGIN);
    if (n > ALL_UP_TO && near) this.keepKeyboard(() => this.place(noChanges(true)));
  }

  /** Scroll the list, and nothing else, until the row is to be seen. */
  reveal(row) {
    const top = this.order.get(row) * ROW_PX, { scrollTop, clientHeight } = this.el;
    if (top < scrollTop) this.el.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight - 8) this.el.scrollTop = top + ROW_PX - clientHeight + 8;
    if (!row.el) this.onScroll();
  }

  step(row, by) { return this.rows[this.order.get(row) + by]; }

  leave(row) {
    if (!row.el || this.calm()) return 0;
    this.slide(row.el, true);
    return SLIDE_MS;
  }

  slide(el, out = false) {
    const frames = [{ height: "0", opacity: 0, overflow: "hidden" }, { height: "var(--lk-row)", opacity: out ? 0.55 : 1, overflow: "hidden" }];
    el.animate(out ? frames.reverse() : frames, { duration: SLIDE_MS, easing: "ease-out", fill: out ? "forwards" : "none" });
  }
}
