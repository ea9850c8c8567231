// Above the znodes: the search, the branch in focus, and which view.

const iconButton = (sign, title, attributes) => h("button", { type: "button", title, "aria-label": title, ...attributes }, sign);

class Bar {
  constructor(tree) {
    this.tree = tree;
    this.input = h("input", { type: "search", placeholder: "search path, value, process", "aria-label": "search the znodes by path, value or process",
      "aria-keyshortcuts": "/", title: "/ comes here, Enter and Shift+Enter go through what is found, Escape leaves", autocomplete: "off", spellcheck: "false" });
    this.found = h("span", { class: "lk-hits", role: "status" });
    this.previous = iconButton("↑", "previous match (Shift+Enter)", { class: "lk-previous", hidden: "" });
    this.next = iconButton("↓", "next match (Enter)", { class: "lk-next", hidden: "" });
    this.focus = h("button", { type: "button", class: "lk-focus", "aria-keyshortcuts": "." }, "Focus");
    this.views = ["rows", "boxes"].map((view) => h("button", { type: "button", "data-view": view }, view === "rows" ? "Rows" : "Boxes"));
    this.crumbs = h("nav", { class: "lk-crumbs", "aria-label": "the branch in focus", hidden: "" });
    this.el = h("div", { class: "lk-bar", "data-lm-suppress-shortcuts": "true" },
      h("div", { class: "lk-search", role: "search" }, this.input, this.found, this.previous, this.next),
      h("div", { class: "lk-tools" }, this.focus, h("div", { class: "lk-views", role: "group", "aria-label": "view" }, ...this.views)), this.crumbs);
    this.listen();
  }

  listen() {
    this.input.addEventListener("input", () => this.tree.search(this.input.value));
    this.el.addEventListener("keydown", (event) => this.onKey(event));
    this.previous.onclick = () => this.go(-1);
    this.next.onclick = () => this.go(1);
    this.focus.onclick = () => this.tree.focusOn(this.tree.active);
    for (const button of this.views) button.onclick = () => this.tree.view(button.dataset.view);
  }

  onKey(event) {
    event.stopPropagation(); // or the notebook would take it as a command
    const keys = event.target === this.input
      ? { Enter: () => this.go(event.shiftKey ? -1 : 1), ArrowDown: () => this.tree.enter(), Escape: () => this.close() }
      : { Escape: () => this.close(), "/": () => this.open() };
    if (!keys[event.key] || event.isComposing) return;
    event.preventDefault();
    keys[event.key]();
  }

  open() {
    this.input.focus();
    this.input.select();
  }

  /** Leave the search: the folds are as they were, the keyboard is among the znodes. */
  close() {
    this.input.value = "";
    this.tree.search("");
    this.tree.enter();
  }

  /** To the next match (or the previous one), round and round; the keyboard stays where it is. */
  go(by) {
    const finds = this.tree.choice.finds(), at = finds.indexOf(this.tree.active);
    if (!finds.length) return;
    const next = at < 0 ? (by > 0 ? 0 : finds.length - 1) : (at + by + finds.length) % finds.length;
    this.tree.point(finds[next]);
  }

  draw() {
    const { choice, active, znodes } = this.tree;
    this.drawFound(choice);
    const here = active === choice.base, name = znodes.nameOf(active);
    this.focus.setAttribute("aria-disabled", here);
    this.focus.title = here ? "choose a branch first: this shows it alone" : `show ${name} alone, with what is below it (key: . and Backspace for back)`;
    for (const button of this.views) button.setAttribute("aria-pressed", button.dataset.view === this.tree.viewName);
    this.drawCrumbs(choice, znodes);
  }

  drawFound(choice) {
    const finds = choice.finds(), at = finds.indexOf(this.tree.active);
    put(this.found, !choice.searching ? "" : !finds.length ? "nothing found" : at < 0 ? `${finds.length.toLocaleString("en")} found` : `${(at + 1).toLocaleString("en")} of ${finds.length.toLocaleString("en")}`);
    for (const button of [this.previous, this.next]) button.hidden = finds.length < 2;
  }

  drawCrumbs(choice, znodes) {
    const rows = choice.crumbs(), paths = rows.map((row) => [row.path, znodes.nameOf(row)]);
    this.crumbs.hidden = rows.length < 2;
    if (same(paths, this.drawnCrumbs)) return;
    this.drawnCrumbs = paths;
    const crumb = (row) => {
      const here = row === choice.base, button = h("button", { type: "button", "data-crumb": row.path, "aria-current": here && "true", title: here ? "in focus" : `back to ${row.path}` }, znodes.nameOf(row));
      button.onclick = () => this.tree.focusOn(row);
      return button;
    };
    this.crumbs.replaceChildren(...rows.flatMap((row, number) => [number ? h("span", { "aria-hidden": "true" }, "›") : null, crumb(row)]).filter(Boolean));
  }
}
