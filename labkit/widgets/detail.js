// One znode in detail: the panel beside the tree, and what is in it. Joined in front of tree.js (see _front.py).

/** closed -> open on `choice.selected` -> closed. It stays open when its znode goes, and says so. */
class Detail {
  constructor(tree) {
    this.tree = tree;
    this.el = h("section", { class: "lk-detail", "aria-label": "znode in detail", "data-lm-suppress-shortcuts": "true", hidden: "" });
    this.el.addEventListener("keydown", (event) => { event.stopPropagation(); if (event.key === "Escape") this.close(); });
  }

  get row() { return this.tree.znodes.rows.get(this.tree.choice.selected); }

  /** Show this znode; if it is shown already, close. */
  toggle(row) {
    const before = this.row;
    if (before === row) return this.close();
    this.tree.choice.selected = row.path;
    if (before) this.tree.cells.draw(before);
    this.tree.cells.draw(row);
    this.draw(row);
    this.tree.sheet.reveal(row); // the panel takes room
  }

  close() {
    const { row, tree } = this;
    tree.choice.selected = undefined;
    this.el.hidden = true;
    if (row) tree.cells.draw(row);
    if (tree.sheet.order.has(row)) tree.sheet.go(row); else tree.sheet.enter();
  }

  update(changes) { if (changes.redraw.has(this.row)) this.draw(this.row); }

  draw(row) {
    const { z } = row, { znodes, cells } = this.tree;
    const close = h("button", { class: "lk-close", type: "button", title: "close (Esc)", "aria-label": "close" }, "×");
    close.onclick = () => this.close();
    const focused = this.el.contains(document.activeElement), open = this.el.querySelector("details")?.open;
    this.el.hidden = false;
    this.el.replaceChildren(h("div", { class: "lk-head" }, h("b", {}, row === znodes.top ? znodes.root : row.path), row.state === "gone" ? h("span", { class: "lk-gone" }, "gone") : null, close));
    if (focused) close.focus();
    if (!z) return void this.el.append(h("p", {}, "The root of this lab: every path here begins below it."));
    const owner = z.owner && { name: znodes.ownerName(z.owner), session: znodes.sessions.get(z.owner), countdown: cells.countdown(z.owner) };
    this.el.append(...detailParts(z, owner, znodes.watches.get(row.path) ?? []));
    if (open) this.el.querySelector("details")?.setAttribute("open", "");
  }
}

/** Everything below the heading of the detail panel. `owner` is null for a persistent znode. */
function detailParts(z, owner, watchers) {
  return [
    z.meaning && h("p", {}, z.meaning),
    ...valueParts(z),
    h("dl", {}, ...facts(z, owner, watchers).flatMap(([term, why, what]) => [h("dt", { title: why }, term), h("dd", {}, ...[].concat(what))])),
  ].filter(Boolean);
}

function facts(z, owner, watchers) {
  return [
    owner ? ["ephemeral of", "the session that made it; it goes when that session ends", ownerLines(z.owner, owner)]
      : ["persistent", "stays until somebody deletes it", "no owner"],
    ["watched by", "each is told once, of the next change", watchers.length ? watchers.map((watch) => h("div", {}, `${watch.who} (${watch.kind})`)) : "nobody"],
    ["version", "how often the value was set", String(z.version)],
    z.cversion !== undefined && ["cversion", "how often children came or went", String(z.cversion)],
    ["children", "how many now", String(z.children)],
    ["size", "of the value", plural(z.size, "byte")],
    ["created", "ctime", localTime(z.ctime)],
    ["modified", "mtime", localTime(z.mtime)],
    ["czxid", "the transaction that created it", z.czxid],
    ["mzxid", "the transaction that set its value last", z.mzxid],
  ].filter(Boolean);
}

function ownerLines(sid, { name, session, countdown }) {
  const state = session ? `${session.state}${session.why ? ` (${session.why})` : ""}, timeout ${session.timeout} s` : "session ended";
  return [h("b", {}, name), session?.pid ? ` pid ${session.pid}` : "", h("div", {}, `session ${sid}`), h("div", {}, state), ...countdown];
}

function oneLine(z) {
  if (!z?.value) return "";
  return (z.binary ? "0x" : "") + z.value.slice(0, 300).replace(/\s+/g, " ");
}

/** The value as it is, and above it, if it is JSON, the same laid out. */
function valueParts(z) {
  if (!z.value) return [h("p", { class: "lk-hint" }, "(no value)")];
  const raw = h("pre", {}, (z.binary ? "0x" : "") + z.value + (z.cut ? "…" : ""));
  const cut = z.cut ? [h("p", { class: "lk-hint" }, `cut: the value has ${plural(z.size, "byte")}`)] : [];
  try {
    const parsed = z.binary ? null : JSON.parse(z.value);
    if (parsed && typeof parsed === "object") return [h("pre", {}, JSON.stringify(parsed, null, 2)), h("details", {}, h("summary", {}, "as it is stored"), raw), ...cut];
  } catch { /* not JSON: shown as it is */ }
  return [raw, ...cut];
}

function localTime(ms) {
  const date = new Date(ms);
  return `${date.toLocaleDateString()} ${date.toLocaleTimeString([], { hour12: false })}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
