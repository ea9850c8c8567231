// What of the tree the learner chose to see: folds, the branch in focus, the search, the znode in detail.

const CALM_ABOVE = 150; // rows: no transitions above this, and big branches start folded
const FOLD_ABOVE = 60; // children: such a branch starts folded in a big tree

/**
 * Both views draw `visible()`: the rows from `base` down that no folded branch hides. While a search goes on these are
 * the rows found and what leads to them, wherever they are; the search has folds of its own, and begins with none.
 * A row that is found has `found`; `hits` counts those below it.
 */
class Choice {
  constructor(znodes) {
    this.znodes = znodes;
    this.base = znodes.top;
    this.selected = undefined; // path of the znode in detail
    this.folded = new Set();
    this.unfoldedByHand = new Set();
    this.query = "";
    this.terms = [];
    this.foldedFinds = new Set();
  }

  get searching() { return this.terms.length > 0; }

  get folds() { return this.searching ? this.foldedFinds : this.folded; }

  isOpen(row) { return !this.folds.has(row.path); }

  /** Whether anything can be shown below it. */
  isBranch(row) { return this.searching ? row.hits > 0 : row.kids.length > 0; }

  keeps(row) { return !this.searching || row.found || row.hits > 0; }

  /** The rows to draw, from above to below; with `unfolded` as if no branch was folded. */
  visible(unfolded = false) {
    const rows = [], walk = (row) => {
      rows.push(row);
      if (unfolded || this.isOpen(row)) for (const kid of row.kids) if (this.keeps(kid)) walk(kid);
    };
    walk(this.base);
    return rows;
  }

  /** How many znodes there are to see, in folded branches too. */
  size() {
    const rows = this.searching ? this.visible(true).length : this.base.below + 1;
    return rows - (this.base === this.znodes.top ? 1 : 0);
  }

  // --- folds

  toggle(row) {
    if (this.isOpen(row)) return this.folds.add(row.path);
    this.folds.delete(row.path);
    this.unfoldedByHand.add(row.path);
  }

  /** In a big tree a big branch starts folded, unless the learner opened it. `paths` are about to be set. */
  foldBig(paths) {
    const rows = this.znodes.rows, fresh = paths.filter((path) => !rows.has(path)), more = new Map();
    if (!fresh.length || rows.size - 1 + fresh.length <= CALM_ABOVE) return false;
    for (const path of fresh) more.set(parentOf(path), (more.get(parentOf(path)) ?? 0) + 1);
    for (const row of rows.values()) if (row.kids.length > FOLD_ABOVE && !more.has(row.path)) more.set(row.path, 0);
    const big = [...more].filter(([path, n]) => (rows.get(path)?.kids.length ?? 0) + n > FOLD_ABOVE && !this.unfoldedByHand.has(path) && !this.folded.has(path));
    for (const [path] of big) this.folded.add(path);
    return big.length > 0;
  }

  // --- the branch in focus

  /** Show this branch alone, unfolded. */
  focusOn(row) {
    this.base = row;
    this.folds.delete(row.path);
    this.unfoldedByHand.add(row.path);
  }

  /** From the root to the branch in focus, or to another row. */
  crumbs(to = this.base) {
    const rows = [];
    for (let row = to; row; row = row.parent) rows.unshift(row);
    return rows;
  }

  // --- the search

  /** Look for znodes with all these words in path, value or owner; "" ends the search. */
  search(query) {
    this.query = query;
    this.terms = query.toLowerCase().split(/\s+/).filter(Boolean);
    this.foldedFinds.clear();
    for (const row of this.znodes.rows.values()) this.mark(row, this.matches(row));
  }

  matches(row) {
    if (!this.searching || !row.z) return false;
    const owner = row.z.owner ? `${this.znodes.ownerName(row.z.owner)}\n${row.z.owner}` : "";
    const text = `${row.path}\n${row.z.value}\n${owner}`.toLowerCase();
    return this.terms.every((term) => text.includes(term));
  }

  mark(row, found) {
    if (Boolean(row.found) === found) return false;
    row.found = found;
    for (let up = row.parent; up; up = up.parent) up.hits += found ? 1 : -1;
    return true;
  }

  /** The rows found in the branch in focus, from above to below. */
  finds() { return this.searching ? this.visible(true).filter((row) => row.found) : []; }

  /** After a delta: search in what changed, leave a branch that went. */
  follow(changes) {
    for (const row of changes.removed) {
      this.mark(row, false);
      if (row === this.base) { this.base = row.parent; changes.shape = changes.based = true; }
    }
    if (!this.searching) return;
    for (const row of changes.redraw) if (this.znodes.rows.get(row.path) === row && this.mark(row, this.matches(row))) changes.shape = true;
  }
}
