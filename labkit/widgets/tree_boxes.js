// The tree as boxes and curves, from left to right. More than MOST znodes are not drawn: it says why, and what to do.

const MOST = 150, SLOT = 46, GAP = 30, EDGE = 8, LETTER = 7.4, SVG = "http://www.w3.org/2000/svg";

/** How wide the boxes of one column are: as wide as the longest text in it, within reason. */
function columnWidth(rows, znodes) {
  const longest = (row) => Math.max(znodes.nameOf(row).length + 1, row.z?.owner ? znodes.ownerName(row.z.owner).length + 4 : 0, oneLine(row.z).length * 0.9);
  return Math.round(Math.min(190, Math.max(64, 30 + LETTER * Math.max(...rows.map(longest)))));
}

/** Where each row's box is: {x, y (of its middle), width}. A branch stands at the middle of its children. */
function layout(rows, znodes) {
  const columns = new Map(), places = new Map(), kids = new Map();
  for (const row of rows) {
    columns.set(row.level, [...(columns.get(row.level) ?? []), row]);
    kids.set(row.parent, [...(kids.get(row.parent) ?? []), row]);
  }
  let x = EDGE, y = SLOT / 2 + 4;
  for (const column of columns.values()) {
    const width = columnWidth(column, znodes);
    for (const row of column) places.set(row, { x, width, y: 0 });
    x += width + GAP;
  }
  for (const row of rows) if (!kids.has(row)) { places.get(row).y = y; y += SLOT; }
  for (const row of [...rows].reverse()) if (kids.has(row)) places.get(row).y = (places.get(kids.get(row)[0]).y + places.get(kids.get(row).at(-1)).y) / 2;
  return { places, columns, width: x - GAP + EDGE, height: y - SLOT / 2 + 4 };
}

class BoxesSheet extends Sheet {
  constructor(tree) {
    super(tree, "box", { class: "lk-boxes", "aria-label": "znodes as boxes" });
    this.curves = document.createElementNS(SVG, "svg");
    this.curves.setAttribute("aria-hidden", "true");
    this.canvas = h("div", { class: "lk-canvas", role: "presentation" });
    this.canvas.append(this.curves);
    this.refusal = h("div", { class: "lk-refusal", hidden: "" });
    this.el.append(this.canvas);
  }

  place(changes) {
    const { choice, znodes } = this.tree, size = choice.size();
    this.refuse(size > MOST ? size : 0);
    if (size > MOST) return void [...this.drawn].forEach((row) => this.detach(row));
    for (const row of [...this.drawn]) if (!this.order.has(row)) this.detach(row);
    this.plan = layout(this.rows, znodes);
    this.el.classList.toggle("lk-lively", !this.calm(changes.quiet));
    this.insert(changes);
    this.canvas.style.cssText = `width: ${this.plan.width}px; height: ${this.plan.height}px`;
  }

  insert(changes) {
    let at = this.curves.nextElementSibling;
    for (const row of this.rows) {
      const known = row.el;
      if (known) at = row.el.nextElementSibling;
      else this.canvas.insertBefore(this.build(row), at);
      const { x, y, width } = this.plan.places.get(row);
      row.el.style.width = `${width}px`;
      row.el.style.transform = `translate(${x}px, calc(${y}px - 50%))`;
      this.draw(row);
      if (!known && changes.arrived.has(row) && !this.calm(changes.quiet)) this.fade(row, false);
    }
  }

  update(changes) {
    super.update(changes);
    for (const row of changes.redraw) if (row.el) this.draw(row);
  }

  /** The curve that leads to the box. */
  draw(row) {
    const from = this.plan.places.get(row.parent), to = this.plan.places.get(row);
    if (!from || row === this.tree.choice.base) return;
    if (!row.curve) this.curves.append((row.curve = document.createElementNS(SVG, "path")));
    const start = from.x + from.width, middle = (start + to.x) / 2;
    row.curve.setAttribute("d", `M${start} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`);
    row.curve.setAttribute("class", `lk-curve${row.z?.owner ? " lk-ephemeral" : ""}${row.state === "gone" ? " lk-dead" : ""}`);
  }

  detach(row) {
    row.curve?.remove();
    row.curve = null;
    super.detach(row);
  }

  /** In place of a drawing that could not be read: why there is none, and the branches to choose from. */
  refuse(size) {
    this.refusal.hidden = !size;
    this.el.hidden = Boolean(size);
    if (!size) return;
    const { choice, znodes } = this.tree, branches = choice.base.kids.filter((row) => row.kids.length && choice.keeps(row));
    put(this.why ??= h("p", { role: "status" }), `${plural(size, "znode")} are too many for boxes: more than ${MOST} cannot be read. ` +
      `Focus on a smaller branch, or search for what you want to see${choice.searching ? " with more words" : ""}; the rows show all.`);
    const button = (row) => {
      const el = h("button", { type: "button", "data-focus": row.path }, `${znodes.nameOf(row)} (${row.below.toLocaleString("en")})`);
      el.onclick = () => this.tree.focusOn(row);
      return el;
    };
    const wanted = branches.slice(0, 12);
    if (!same(this.offered, wanted.map((row) => [row.path, row.below]))) this.refusal.replaceChildren(this.why, ...wanted.map(button));
    this.offered = wanted.map((row) => [row.path, row.below]);
  }

  /** Up and down within the column, as the eye goes. */
  step(row, by) {
    const column = this.plan.columns.get(row.level);
    return column[column.indexOf(row) + by];
  }

  enter() {
    if (this.refusal.hidden) super.enter(); else (this.refusal.querySelector("button") ?? this.tree.bar.input).focus();
  }

  /** Scroll the boxes, and nothing else, until this one is to be seen. */
  reveal(row) {
    if (!row.el) return;
    const { x, y, width } = this.plan.places.get(row), { scrollLeft, scrollTop, clientWidth, clientHeight } = this.el;
    const within = (at, from, to, room) => Math.min(from - EDGE, Math.max(at, to + EDGE - room));
    this.el.scrollTo(within(scrollLeft, x, x + width, clientWidth), within(scrollTop, y - SLOT / 2, y + SLOT / 2, clientHeight));
  }

  leave(row) {
    if (!row.el || this.calm()) return 0;
    this.fade(row, true);
    return SLIDE_MS;
  }

  fade(row, out) {
    const frames = [{ opacity: 0 }, { opacity: 1 }];
    row.el.animate(out ? frames.reverse() : frames, { duration: SLIDE_MS, easing: "ease-out", fill: out ? "forwards" : "none" });
  }
}
