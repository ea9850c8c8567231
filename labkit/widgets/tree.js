// The live znode tree: puts the parts together (see _front.py; what each does stands in its first line).

const TICK_MS = 100, SAY_MS = 1000;

class Tree {
  constructor(model, host) {
    this.znodes = new Znodes((row) => this.sheet.leave(row), (changes) => this.update(changes));
    this.choice = new Choice(this.znodes);
    this.cells = new Cells(this.znodes, this.choice);
    this.active = this.znodes.top;
    this.viewName = "rows";
    this.bar = new Bar(this);
    this.sheets = { rows: new RowsSheet(this), boxes: new BoxesSheet(this) };
    this.furnish(host);
    this.link = new Link(model, {
      full: (picture, quiet) => this.full(picture, quiet),
      delta: (delta) => this.apply(delta, false),
      dead: () => this.showNote("The kernel has gone: this is the last that was seen of the tree."),
    });
    this.view("rows");
    this.listen();
    this.link.start();
  }

  get sheet() { return this.sheets[this.viewName]; }

  furnish(host) {
    this.note = h("div", { class: "lk-note", role: "status", hidden: "" });
    this.empty = h("div", { class: "lk-empty" });
    this.detail = new Detail(this);
    this.said = h("div", { class: "lk-said", "aria-live": "polite" });
    this.count = h("div", { class: "lk-count" });
    this.tip = h("div", { class: "lk-tip", role: "tooltip", hidden: "" });
    this.main = h("div", { class: "lk-main" });
    this.el = h("div", { class: "lk-widget lk-tree" }, this.note, this.bar.el, h("div", { class: "lk-body" }, this.main, this.detail.el),
      h("div", { class: "lk-foot" }, this.said, this.count), this.tip);
    host.replaceChildren(this.el);
  }

  listen() {
    for (const kind of ["mouseover", "focusin"]) this.main.addEventListener(kind, (event) => this.showTip(event));
    for (const kind of ["mouseleave", "focusout", "scroll"]) this.main.addEventListener(kind, () => (this.tip.hidden = true), { capture: true });
  }

  stop() {
    this.link.stop();
    this.znodes.stop();
    clearInterval(this.ticker);
    clearTimeout(this.sayTimer);
  }

  // --- what Python tells

  full(picture, quiet) {
    this.znodes.label = picture.root || "/";
    this.apply(this.znodes.differences(picture), quiet);
  }

  apply(delta, quiet) {
    const folded = this.choice.foldBig(Object.keys(delta.set ?? {})), changes = this.znodes.apply(delta, quiet);
    changes.shape ||= folded;
    if (quiet) changes.redraw.add(this.znodes.top);
    if (delta.note !== undefined) this.showNote(delta.note);
    this.update(changes);
  }

  update(changes) {
    this.choice.follow(changes);
    if (changes.based) this.redraw(changes); else this.sheet.update(changes);
    this.detail.update(changes);
    if (changes.shape) this.bar.draw();
    this.drawFoot();
    this.keepTicking();
    if (changes.news.length && !changes.quiet) this.say(changes.news);
  }

  // --- what the learner chooses

  /** "rows" or "boxes". */
  view(name) {
    this.sheet.clear();
    this.viewName = name;
    this.main.replaceChildren(...[this.sheet.refusal, this.sheet.el, this.empty].filter(Boolean));
    this.redraw();
    if (this.sheet.order.has(this.active)) this.sheet.reveal(this.active);
  }

  /** Draw all anew; the keyboard stays with the znodes if it is there. */
  redraw(changes = { ...noChanges(true), shape: true }) {
    const focused = this.sheet.el.contains(document.activeElement);
    this.sheet.clear();
    this.sheet.update(changes);
    if (focused) this.sheet.enter();
    this.bar.draw();
    this.drawFoot();
  }

  toggle(row) {
    this.choice.toggle(row);
    this.choose(row);
  }

  /** Draw what there is to see now; of the rows that stay, these. */
  choose(...rows) {
    this.sheet.update({ ...noChanges(true), shape: true, redraw: new Set(rows) });
    this.bar.draw();
    this.drawFoot();
  }

  focusOn(row) {
    const from = this.choice.base;
    if (!row || row === from) return;
    const up = this.choice.crumbs().includes(row);
    this.choice.focusOn(row);
    this.active = up ? from : row;
    this.redraw();
    this.sheet.enter();
  }

  search(query) {
    this.choice.search(query);
    this.choose(...this.sheet.drawn);
    this.el.classList.toggle("lk-searching", this.choice.searching);
    const [first] = this.choice.finds();
    if (first && !this.active.found) this.point(first);
  }

  /** Show this row, and let the keyboard come back to it. */
  point(row) {
    for (let up = row.parent; up; up = up.parent) this.choice.folds.delete(up.path);
    if (!this.sheet.order.has(row)) this.choose(...this.choice.crumbs(row));
    this.sheet.reveal(row);
    this.sheet.activate(row);
  }

  /** The keyboard goes among the znodes. */
  enter() { this.sheet.enter(); }

  /** Escape leaves the innermost: the detail, then the search. */
  escape() {
    if (this.choice.selected) this.detail.close();
    else if (this.choice.searching) this.bar.close();
  }

  // --- around the znodes

  drawFoot() {
    const { znodes, choice } = this, all = plural(znodes.count, "znode"), here = choice.base === znodes.top ? "" : `${(choice.base.below + 1).toLocaleString("en")} of `;
    put(this.count, here + all);
    const nothing = choice.searching && !choice.finds().length;
    put(this.empty, nothing ? `No znode has “${choice.query.trim()}” in its path, its value or its owner's name.`
      : znodes.rows.size > 1 ? "" : `No znodes yet below ${znodes.root}: what a process writes will appear here.`);
  }

  showNote(note) {
    this.note.hidden = !note;
    this.note.textContent = this.note.dataset.note = note;
  }

  /** In words, for eyes and screen readers alike; at most once a second, the weightiest piece of news first. */
  say(news) {
    this.news = [...(this.news ?? []), ...news];
    if (this.sayTimer) return;
    const [first, ...more] = this.news.sort((a, b) => b[0] - a[0]);
    this.said.textContent = this.said.title = first[1] + (more.length ? ` (and ${plural(more.length, "more change")})` : "");
    this.news = [];
    this.sayTimer = setTimeout(() => { this.sayTimer = null; if (this.news.length) this.say([]); }, SAY_MS);
  }

  keepTicking() {
    const silent = [...this.znodes.sessions].some(([sid, session]) => session.state === "silent" && this.znodes.owned.has(sid));
    if (silent && !this.ticker) this.ticker = setInterval(() => this.cells.tickAll(this.el), TICK_MS);
    if (!silent && this.ticker) this.ticker = clearInterval(this.ticker);
  }

  showTip(event) {
    const el = event.target.closest("[data-path]"), row = el && this.znodes.rows.get(el.dataset.path);
    const wanted = row?.watchers?.length && (event.target.closest(".lk-eye") || (event.type === "focusin" && el.matches(":focus-visible")));
    this.tip.hidden = !wanted;
    if (!wanted) return;
    this.tip.replaceChildren(h("b", {}, "watched by"), ...row.watchers.map((watch) => h("div", {}, `${watch.who} (${watch.kind})`)));
    const box = this.el.getBoundingClientRect(), at = row.cells.eye.getBoundingClientRect(), room = box.bottom - at.bottom;
    this.tip.style.right = `${Math.max(4, box.right - at.left + 4)}px`;
    this.tip.style.top = `${Math.max(2, room < this.tip.offsetHeight ? at.bottom - box.top - this.tip.offsetHeight : at.top - box.top)}px`;
  }
}

export default {
  render({ model, el }) {
    const tree = new Tree(model, el);
    return () => tree.stop();
  },
};
