// The live znode tree. Python sends the full picture once and then only what changed (see tree.py).
// Every znode has a row object in `rows`; only rows that no folded branch hides have an element in the page.

const GONE_MS = 1200, SLIDE_MS = 180, FLASH_MS = 1100, TICK_MS = 100, SAY_MS = 1000;
const CALM_ABOVE = 150; // visible rows: no transitions above this
const FOLD_ABOVE = 60; // children: such a branch starts folded in a big tree
const EYE = '<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M1 8s2.6-4.6 7-4.6S15 8 15 8s-2.6' +
  ' 4.6-7 4.6S1 8 1 8z" fill="none" stroke="currentColor" stroke-width="1.4"/><circle cx="8" cy="8" r="2.1" fill="currentColor"/></svg>';

const parentOf = (path) => path.slice(0, path.lastIndexOf("/")) || "/";
const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);

/** Where `path` belongs among the sorted `kids`. */
function indexFor(kids, path) {
  let low = 0, high = kids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = natural.compare(nameOf(kids[middle].path), nameOf(path)) || (kids[middle].path < path ? -1 : kids[middle].path > path ? 1 : 0);
    if (order < 0) low = middle + 1; else high = middle;
  }
  return low;
}

class Tree {
  constructor(model, host) {
    this.model = model;
    this.seq = -1;
    this.sessions = new Map();
    this.names = new Map(); // session id → process; kept when the session has gone, to say whose it was
    this.watches = new Map();
    this.rows = new Map();
    this.owned = new Map(); // session id → rows of its ephemerals
    this.folded = new Set();
    this.unfoldedByHand = new Set();
    this.list = h("div", { class: "lk-rows", role: "tree", "aria-label": "znodes", "data-lm-suppress-shortcuts": "true" });
    this.note = h("div", { class: "lk-note", role: "status", hidden: "" });
    this.empty = h("div", { class: "lk-empty" });
    this.detail = h("section", { class: "lk-detail", "aria-label": "znode in detail", "data-lm-suppress-shortcuts": "true", hidden: "" });
    this.said = h("div", { class: "lk-said", "aria-live": "polite" });
    this.count = h("div", { class: "lk-count" });
    this.tip = h("div", { class: "lk-tip", role: "tooltip", hidden: "" });
    this.el = h("div", { class: "lk-widget lk-tree" }, this.note, h("div", { class: "lk-body" }, h("div", { class: "lk-main" }, this.list, this.empty), this.detail),
      h("div", { class: "lk-foot" }, this.said, this.count), this.tip);
    host.replaceChildren(this.el);
    this.top = { path: "/", level: 1, parent: null, kids: [], below: 0, state: "live", z: null };
    this.rows.set("/", this.top);
    this.attach(this.top);
    this.listen();
  }

  // --- talking with Python ---------------------------------------------------------------------------------------

  listen() {
    const onMessage = (message) => this.receive(message);
    const onLive = () => this.showNote("The kernel has gone: this is the last that was seen of the tree.");
    this.model.on("msg:custom", onMessage);
    this.model.on("comm_live_update", onLive);
    this.list.addEventListener("click", (event) => this.onClick(event));
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("focusin", (event) => this.rove(event.target, false));
    for (const kind of ["mouseover", "focusin"]) this.list.addEventListener(kind, (event) => this.showTip(event));
    for (const kind of ["mouseleave", "focusout", "scroll"]) this.list.addEventListener(kind, () => (this.tip.hidden = true));
    this.detail.addEventListener("keydown", (event) => { event.stopPropagation(); if (event.key === "Escape") this.closeDetail(); });
    this.stop = () => {
      this.model.off("msg:custom", onMessage);
      this.model.off("comm_live_update", onLive);
      for (const timer of [this.ticker, this.sayTimer, this.askTimer]) clearInterval(timer);
    };
    const full = this.model.get("full");
    if (full?.znodes) this.receiveFull(full, true);
    this.ask();
  }

  ask() {
    if (this.askTimer) return; // one question at a time
    this.askTimer = setTimeout(() => { this.askTimer = null; if (this.missed) this.ask(); }, 2000);
    this.fresh = this.seq < 0 || this.fresh === undefined; // what the first answer changes did not happen just now
    this.model.send({ type: "hello" });
  }

  receive(message) {
    if (message.type === "full") {
      clearTimeout(this.askTimer);
      this.askTimer = null;
      this.missed = false;
      if (message.seq >= this.seq) this.receiveFull(message, this.fresh);
      this.fresh = false;
    } else if (message.type === "delta" && message.seq > this.seq) {
      this.missed = (message.base ?? message.seq - 1) > this.seq;
      if (this.missed) return this.ask();
      this.seq = message.seq;
      this.apply(message, false);
    }
  }

  /** A full picture is applied as the difference to what is drawn, so that nothing flashes that did not change. */
  receiveFull(full, quiet) {
    const missing = (known, now, nothing) => [...known.keys()].filter((key) => !(key in now)).map((key) => [key, nothing]);
    const differing = Object.entries(full.znodes).filter(([path, z]) => {
      const row = this.rows.get(path);
      return !row || row.state !== "live" || !same(row.z, z);
    });
    const gone = [...this.rows.values()].filter((row) => row.z && row.state === "live" && !(row.path in full.znodes));
    this.seq = full.seq;
    this.root = full.root || "/";
    this.apply({
      set: Object.fromEntries(differing), gone: gone.map((row) => row.path), note: full.note ?? "",
      sessions: { ...Object.fromEntries(missing(this.sessions, full.sessions, null)), ...full.sessions },
      watches: { ...Object.fromEntries(missing(this.watches, full.watches, [])), ...full.watches },
    }, quiet);
  }

  apply(delta, quiet) {
    const redraw = new Set(), news = [];
    this.quiet = quiet;
    this.foldBig(Object.keys(delta.set ?? {}));
    this.applySessions(delta.sessions ?? {}, redraw, news);
    const entries = Object.entries(delta.set ?? {}).sort((a, b) => (a[0] < b[0] ? -1 : 1)); // parents come first
    for (const [path, z] of entries) this.set(path, z, redraw, news);
    for (const path of delta.gone ?? []) this.go(path, redraw, news);
    for (const [path, watchers] of Object.entries(delta.watches ?? {})) {
      watchers.length ? this.watches.set(path, watchers) : this.watches.delete(path);
      if (this.rows.has(path)) redraw.add(this.rows.get(path));
    }
    for (const row of redraw) this.draw(row);
    if (delta.note !== undefined) this.showNote(delta.note);
    if (redraw.has(this.rows.get(this.shown))) this.drawDetail();
    this.drawFoot();
    this.keepTicking();
    if (news.length && !quiet) this.say(news);
  }

  applySessions(sessions, redraw, news) {
    for (const [sid, session] of Object.entries(sessions)) {
      const before = this.sessions.get(sid);
      session ? this.sessions.set(sid, session) : this.sessions.delete(sid);
      if (session?.process) this.names.set(sid, session.process);
      if (session && session.left != null) session.due = performance.now() + session.left * 1000;
      for (const row of this.owned.get(sid) ?? []) redraw.add(row);
      if (session?.state === "silent" && before?.state !== "silent" && this.owned.get(sid)?.size) {
        news.push([2, `the session of ${this.ownerName(sid)} is silent: its ephemerals stay until it times out`]);
      }
    }
  }

  // --- rows: data ------------------------------------------------------------------------------------------------

  /** The row of `path`, made (with its parents) if there is none. */
  ensure(path) {
    let row = this.rows.get(path);
    if (row) return row;
    const parent = this.ensure(parentOf(path));
    row = { path, level: parent.level + 1, parent, kids: [], below: 0, state: "live", z: null };
    parent.kids.splice(indexFor(parent.kids, path), 0, row);
    for (let up = parent; up; up = up.parent) up.below += 1;
    this.rows.set(path, row);
    if (parent.el && !this.folded.has(parent.path)) this.attach(row, true);
    return row;
  }

  set(path, z, redraw, news) {
    const known = this.rows.get(path), back = known?.state === "gone", fresh = !known?.z || back;
    const row = this.ensure(path);
    if (back) this.revive(row);
    if (!fresh && !same(row.z.value, z.value)) news.push([0, `${path} changed: version ${z.version}`]);
    if (fresh && path !== "/") news.push([1, `${path} appeared${z.owner ? `, an ephemeral of ${this.ownerName(z.owner)}` : ""}`]);
    const visible = fresh || row.z.value !== z.value || row.z.version !== z.version || row.z.czxid !== z.czxid;
    this.disown(row);
    row.z = z;
    if (z.owner) this.owned.set(z.owner, (this.owned.get(z.owner) ?? new Set()).add(row));
    redraw.add(row);
    if (row.parent) redraw.add(row.parent);
    if (visible) this.flash(row);
  }

  disown(row) {
    const rows = this.owned.get(row.z?.owner);
    if (rows?.delete(row) && !rows.size) this.owned.delete(row.z.owner);
  }

  /** Struck through at once; the row leaves a little later. */
  go(path, redraw, news) {
    const row = this.rows.get(path);
    if (!row || row.state === "gone" || row === this.top) return;
    const owner = row.z?.owner, ended = owner && this.sessions.get(owner)?.state !== "live";
    news.push([3, `${path} is gone` + (owner ? (ended ? `: the session of ${this.ownerName(owner)} ended` : ` (ephemeral of ${this.ownerName(owner)})`) : "")]);
    row.state = "gone";
    this.disown(row);
    redraw.add(row).add(row.parent);
    this.flash(row.el ? row : row.parent);
    row.timer = setTimeout(() => this.leave(row), row.el ? GONE_MS : 0);
  }

  revive(row) {
    clearTimeout(row.timer);
    row.state = "live";
    row.el?.getAnimations().forEach((animation) => animation.cancel());
  }

  leave(row) {
    if (row.el && !this.calm()) this.slide(row.el, true);
    row.timer = setTimeout(() => this.remove(row), row.el && !this.calm() ? SLIDE_MS : 0);
  }

  remove(row) {
    if (this.rows.get(row.path) !== row) return; // went with its parent
    for (const kid of [...row.kids]) { clearTimeout(kid.timer); this.remove(kid); }
    row.parent.kids.splice(row.parent.kids.indexOf(row), 1);
    for (let up = row.parent; up; up = up.parent) up.below -= 1;
    this.rows.delete(row.path);
    this.detach(row);
    this.draw(row.parent);
    this.drawFoot();
  }

  // --- rows: folding ---------------------------------------------------------------------------------------------

  /** In a big tree a big branch starts folded, unless the learner opened it. */
  foldBig(paths) {
    const fresh = paths.filter((path) => !this.rows.has(path)), more = new Map();
    if (this.rows.size - 1 + fresh.length <= CALM_ABOVE) return;
    for (const path of fresh) more.set(parentOf(path), (more.get(parentOf(path)) ?? 0) + 1);
    for (const row of this.rows.values()) if (row.kids.length > FOLD_ABOVE && !more.has(row.path)) more.set(row.path, 0);
    for (const [path, number] of more) {
      if ((this.rows.get(path)?.kids.length ?? 0) + number > FOLD_ABOVE && !this.unfoldedByHand.has(path)) this.fold(path, true);
    }
  }

  fold(path, folded) {
    if (this.folded.has(path) === folded) return;
    folded ? this.folded.add(path) : this.folded.delete(path);
    const row = this.rows.get(path);
    if (!row?.el) return;
    if (folded) row.kids.forEach((kid) => this.detach(kid, row));
    else this.unfold(row, this.after(row.kids.at(-1) ?? row));
    this.draw(row);
  }

  unfold(row, before) {
    for (const kid of row.kids) {
      this.list.insertBefore(this.build(kid), before);
      this.draw(kid);
      if (!this.folded.has(kid.path)) this.unfold(kid, before);
    }
  }

  /** The element of the first row below `row` in the page that is not inside it. */
  after(row) {
    for (let at = row; at.parent; at = at.parent) {
      const next = at.parent.kids[indexFor(at.parent.kids, at.path) + 1];
      if (next?.el) return next.el;
    }
    return null;
  }

  attach(row, arriving = false) {
    this.list.insertBefore(this.build(row), this.after(row));
    if (arriving && !this.calm()) this.slide(row.el);
  }

  detach(row, heir = null) {
    if (!row.el) return;
    row.kids.forEach((kid) => this.detach(kid, heir ?? row.parent));
    const el = row.el, focused = el === document.activeElement, near = heir?.el ?? el.nextElementSibling ?? el.previousElementSibling;
    row.el = null;
    el.remove();
    if (el.tabIndex === 0 && near) this.rove(near, focused);
  }

  // --- rows: drawing ---------------------------------------------------------------------------------------------

  build(row) {
    const cell = (name, ...children) => h("span", { class: `lk-${name}` }, ...children);
    row.cells = { twisty: cell("twisty"), name: cell("name"), value: cell("value"), left: cell("left-slot"), owner: cell("owner"), eye: cell("eye") };
    const { twisty, name, value, left, owner, eye } = row.cells;
    row.el = h("div", { class: "lk-row", role: "treeitem", "data-path": row.path, "aria-level": row.level, tabindex: row === this.top ? 0 : -1 },
      cell("label", twisty, name), cell("middle", value, left), owner, eye);
    row.el.style.setProperty("--depth", row.level - 1);
    if (row.z || row === this.top) this.draw(row);
    return row.el;
  }

  draw(row) {
    if (!row.el) return;
    const { z, el, cells } = row, gone = row.state === "gone", branch = row.kids.length > 0, folded = branch && this.folded.has(row.path);
    el.dataset.state = row.state;
    el.classList.toggle("lk-ephemeral", Boolean(z?.owner));
    el.setAttribute("aria-selected", row.path === this.shown);
    branch ? el.setAttribute("aria-expanded", !folded) : el.removeAttribute("aria-expanded");
    cells.twisty.className = `lk-twisty${branch ? (folded ? " lk-closed" : " lk-open") : ""}`;
    cells.name.textContent = row === this.top ? this.root ?? "/" : nameOf(row.path);
    cells.name.title = row.path;
    cells.value.textContent = folded ? plural(row.below, "znode") + " folded" : oneLine(z);
    cells.value.classList.toggle("lk-hint", folded);
    cells.value.title = z?.meaning || "";
    cells.left.replaceChildren(...(z?.owner && !gone ? this.countdown(z.owner) : []));
    cells.owner.replaceChildren(...(z?.owner ? [this.ownerChip(z.owner)] : []));
    const watchers = this.watches.get(row.path) ?? [];
    if (!same(row.watchers, watchers) || !cells.eye.firstChild) this.drawEye(row, watchers);
    el.setAttribute("aria-label", [cells.name.textContent, gone ? "gone" : "", cells.value.textContent, z?.owner ? `ephemeral of ${this.ownerName(z.owner)}` : "",
      watchers.length ? plural(watchers.length, "watcher") : ""].filter(Boolean).join(", "));
  }

  drawEye(row, watchers) {
    row.watchers = watchers;
    row.cells.eye.innerHTML = watchers.length ? EYE : "";
    row.cells.eye.append(watchers.length || "");
  }

  ownerName(sid) { return this.names.get(sid) ?? sid; }

  ownerChip(sid) {
    const name = this.ownerName(sid);
    return h("span", { class: "lk-chip", "data-owner": name, title: `ephemeral: it goes when the session ${sid} of ${name} ends` },
      h("i", { class: "lk-glyph", "aria-hidden": "true" }), h("span", { class: "lk-word" }, "ephemeral"), h("b", {}, name));
  }

  /** [chip] while the session is silent; the ticker keeps it counting. */
  countdown(sid) {
    const session = this.sessions.get(sid);
    if (session?.state !== "silent") return [];
    const chip = h("span", { class: "lk-left", "data-left": sid, title: session.why ? `the process is ${session.why}` : null }, h("span"), h("i"));
    this.tick(chip, session);
    return [chip];
  }

  tick(chip, session) {
    const left = session.due === undefined ? null : (session.due - performance.now()) / 1000;
    const when = left === null ? "" : left > 0 ? `gone in ${left.toFixed(1)} s` : "gone any moment now";
    const words = h("span", { class: when && "lk-more-words" }, `silent${when && ": "}`); // a narrow tree leaves words out
    chip.firstChild.replaceChildren(h("span", { class: "lk-word" }, "session "), words, when);
    chip.lastChild.style.transform = `scaleX(${left === null ? 1 : Math.max(0, Math.min(1, left / (session.timeout || left)))})`;
  }

  keepTicking() {
    const silent = [...this.sessions].some(([sid, session]) => session.state === "silent" && this.owned.has(sid));
    if (silent && !this.ticker) this.ticker = setInterval(() => this.tickAll(), TICK_MS);
    if (!silent && this.ticker) this.ticker = clearInterval(this.ticker);
  }

  tickAll() {
    for (const chip of this.el.querySelectorAll("[data-left]")) {
      const session = this.sessions.get(chip.dataset.left);
      if (session) this.tick(chip, session);
    }
  }

  calm() { return this.quiet || this.list.childElementCount > CALM_ABOVE || matchMedia("(prefers-reduced-motion: reduce)").matches; }

  slide(el, out = false) {
    const frames = [{ height: "0", opacity: 0, overflow: "hidden" }, { height: "var(--lk-row)", opacity: out ? 0.55 : 1, overflow: "hidden" }];
    el.animate(out ? frames.reverse() : frames, { duration: SLIDE_MS, easing: "ease-out", fill: out ? "forwards" : "none" });
  }

  /** Mark the row, or the folded branch that hides it. Where things are to be calm the mark does not fade, it ends. */
  flash(row) {
    if (this.quiet) return;
    while (!row.el) row = row.parent;
    row.el.animate([{ backgroundColor: "var(--lk-flash)" }, { backgroundColor: "transparent" }], { duration: FLASH_MS, easing: this.calm() ? "steps(1, end)" : "ease-out" });
  }

  // --- around the rows -------------------------------------------------------------------------------------------

  drawFoot() {
    const znodes = [...this.rows.values()].reduce((n, row) => n + (row.state === "live" && row.z && row !== this.top ? 1 : 0), 0);
    this.count.textContent = plural(znodes, "znode");
    this.empty.textContent = this.rows.size > 1 ? "" : `No znodes yet below ${this.root ?? "/"}: what a process writes will appear here.`;
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

  showTip(event) {
    const el = event.target.closest(".lk-row"), row = el && this.rows.get(el.dataset.path);
    const wanted = row?.watchers?.length && (event.target.closest(".lk-eye") || (event.type === "focusin" && el.matches(":focus-visible")));
    this.tip.hidden = !wanted;
    if (!wanted) return;
    this.tip.replaceChildren(h("b", {}, "watched by"), ...row.watchers.map((watch) => h("div", {}, `${watch.who} (${watch.kind})`)));
    const box = this.el.getBoundingClientRect(), at = row.cells.eye.getBoundingClientRect(), room = box.bottom - at.bottom;
    this.tip.style.right = `${box.right - at.left + 4}px`;
    this.tip.style.top = `${Math.max(2, room < this.tip.offsetHeight ? at.bottom - box.top - this.tip.offsetHeight : at.top - box.top)}px`;
  }

  // --- hands -----------------------------------------------------------------------------------------------------

  onClick(event) {
    const el = event.target.closest(".lk-row"), row = el && this.rows.get(el.dataset.path);
    if (!row) return;
    this.rove(el, true);
    if (event.target.closest(".lk-open, .lk-closed")) this.toggle(row); else this.show(row);
  }

  toggle(row) {
    const folded = this.folded.has(row.path);
    if (folded) this.unfoldedByHand.add(row.path);
    this.fold(row.path, !folded);
  }

  rove(el, focus) {
    const before = this.list.querySelector('[tabindex="0"]');
    if (before) before.tabIndex = -1;
    el.tabIndex = 0;
    if (focus) el.focus({ preventScroll: false });
  }

  /** The keys of the WAI-ARIA tree pattern. */
  onKey(event) {
    const el = event.target.closest(".lk-row"), row = el && this.rows.get(el.dataset.path);
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = row.kids.length && !this.folded.has(row.path), go = (to) => to && this.rove(to, true);
    const keys = {
      ArrowDown: () => go(el.nextElementSibling), ArrowUp: () => go(el.previousElementSibling),
      Home: () => go(this.list.firstElementChild), End: () => go(this.list.lastElementChild),
      ArrowRight: () => (open ? go(el.nextElementSibling) : row.kids.length && this.toggle(row)),
      ArrowLeft: () => (open ? this.toggle(row) : go(row.parent?.el)),
      Enter: () => this.show(row), " ": () => this.show(row), Escape: () => this.closeDetail(),
    };
    const action = keys[event.key] ?? (event.key.length === 1 ? () => go(this.typeAhead(el, event.key)) : null);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // or the notebook would take it as a command
    action();
  }

  typeAhead(el, key) {
    const all = [...this.list.children], from = all.indexOf(el) + 1;
    return [...all.slice(from), ...all.slice(0, from)].find((one) => nameOf(one.dataset.path).toLowerCase().startsWith(key.toLowerCase()));
  }

  // --- one znode in detail ---------------------------------------------------------------------------------------

  show(row) {
    const before = this.rows.get(this.shown);
    if (before === row) return this.closeDetail();
    this.shown = row.path;
    if (before) this.draw(before);
    this.draw(row);
    this.drawDetail();
  }

  closeDetail() {
    const row = this.rows.get(this.shown);
    this.shown = undefined;
    this.detail.hidden = true;
    if (row) { this.draw(row); row.el?.focus(); }
  }

  drawDetail() {
    const row = this.rows.get(this.shown), { z } = row;
    const close = h("button", { class: "lk-close", type: "button", title: "close (Esc)", "aria-label": "close" }, "×");
    close.onclick = () => this.closeDetail();
    const path = row === this.top ? this.root ?? "/" : row.path;
    const focused = this.detail.contains(document.activeElement), open = this.detail.querySelector("details")?.open;
    this.detail.hidden = false;
    this.detail.replaceChildren(h("div", { class: "lk-head" }, h("b", {}, path), row.state === "gone" ? h("span", { class: "lk-gone" }, "gone") : null, close));
    if (!z) return void this.detail.append(h("p", {}, "The root of this lab: every path here begins below it."));
    if (focused) close.focus();
    const owner = z.owner && { name: this.ownerName(z.owner), session: this.sessions.get(z.owner), countdown: this.countdown(z.owner) };
    this.detail.append(...detailParts(z, owner, this.watches.get(row.path) ?? []));
    if (open) this.detail.querySelector("details")?.setAttribute("open", "");
  }
}

export default {
  render({ model, el }) {
    const tree = new Tree(model, el);
    return () => tree.stop();
  },
};
