// One znode as an element: the same parts in both views; rows and boxes differ by their styles (tree.css, tree_boxes.css).

const EYE = '<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M1 8s2.6-4.6 7-4.6S15 8 15 8s-2.6' +
  ' 4.6-7 4.6S1 8 1 8z" fill="none" stroke="currentColor" stroke-width="1.4"/><circle cx="8" cy="8" r="2.1" fill="currentColor"/></svg>';

class Cells {
  constructor(znodes, choice) { Object.assign(this, { znodes, choice }); }

  /** Make the element of `row`; `kind` is "row" or "box". */
  build(row, kind) {
    const cell = (name, ...children) => h("span", { class: `lk-${name}` }, ...children);
    row.cells = { twisty: cell("twisty"), name: cell("name"), value: cell("value"), left: cell("left-slot"), owner: cell("owner"), eye: cell("eye") };
    const { twisty, name, value, left, owner, eye } = row.cells, depth = row.level - this.choice.base.level;
    row.el = h("div", { class: `lk-znode lk-${kind}`, role: "treeitem", "data-path": row.path, "aria-level": depth + 1, tabindex: -1 },
      cell("label", twisty, name), cell("middle", value, left), owner, eye);
    row.el.style.setProperty("--depth", depth);
    row.watchers = undefined;
    this.draw(row);
    return row.el;
  }

  draw(row) {
    if (!row.el) return;
    const { z, el, cells } = row, { znodes, choice } = this, gone = row.state === "gone";
    const branch = choice.isBranch(row), folded = branch && !choice.isOpen(row), value = folded ? this.hidden(row) : oneLine(z);
    el.dataset.state = row.state;
    el.classList.toggle("lk-ephemeral", Boolean(z?.owner));
    el.classList.toggle("lk-found", Boolean(row.found));
    el.setAttribute("aria-selected", row.path === choice.selected);
    branch ? el.setAttribute("aria-expanded", !folded) : el.removeAttribute("aria-expanded");
    cells.twisty.className = `lk-twisty${branch ? (folded ? " lk-closed" : " lk-open") : ""}`;
    put(cells.name, znodes.nameOf(row));
    cells.name.title = row.path;
    put(cells.value, value);
    cells.value.classList.toggle("lk-hint", folded);
    cells.value.title = z?.meaning || "";
    cells.left.replaceChildren(...(z?.owner && !gone ? this.countdown(z.owner) : []));
    this.drawOwner(row);
    this.drawEye(row, znodes.watches.get(row.path) ?? []);
    el.setAttribute("aria-label", [cells.name.textContent, gone ? "gone" : "", value, z?.owner ? `ephemeral of ${znodes.ownerName(z.owner)}` : "",
      row.watchers.length ? plural(row.watchers.length, "watcher") : ""].filter(Boolean).join(", "));
  }

  hidden(row) { return this.choice.searching ? `${row.hits.toLocaleString("en")} found, folded` : `${plural(row.below, "znode")} folded`; }

  drawOwner({ z, cells }) {
    if (!z?.owner) return cells.owner.replaceChildren();
    const name = this.znodes.ownerName(z.owner), chip = cells.owner.firstChild;
    if (chip?.dataset.session === z.owner && chip.dataset.owner === name) return;
    cells.owner.replaceChildren(h("span", { class: "lk-chip", "data-owner": name, "data-session": z.owner, title: `ephemeral: it goes when the session ${z.owner} of ${name} ends` },
      h("i", { class: "lk-glyph", "aria-hidden": "true" }), h("span", { class: "lk-word" }, "ephemeral"), h("b", {}, name)));
  }

  drawEye(row, watchers) {
    if (same(row.watchers, watchers)) return;
    row.watchers = watchers;
    row.cells.eye.innerHTML = watchers.length ? EYE : "";
    row.cells.eye.append(watchers.length || "");
  }

  /** [chip] while the session is silent; the ticker keeps it counting. */
  countdown(sid) {
    const session = this.znodes.sessions.get(sid);
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

  tickAll(within) {
    for (const chip of within.querySelectorAll("[data-left]")) {
      const session = this.znodes.sessions.get(chip.dataset.left);
      if (session) this.tick(chip, session);
    }
  }
}
