// The znodes as rows of data, and what deltas make of them. Nothing is drawn here: what came of a delta is handed on as
// changes. A row is {path, level, parent, kids (in natural order), below (rows under it), state, z (as sent, see tree.py)}, and
// `el` while it is drawn.

const GONE_MS = 1200, BACK_MS = 300;

const parentOf = (path) => path.slice(0, path.lastIndexOf("/")) || "/";
const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);

/** What came of something, for those who draw. `quiet`: it did not happen just now, so nothing moves and nothing is said. */
const noChanges = (quiet = false) => ({ quiet, shape: false, redraw: new Set(), marks: new Set(), arrived: new Set(), removed: [], news: [] });

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

/**
 * A row:
 * live -> gone      its znode was deleted; struck through for GONE_MS, then `leaving`, then no row
 * live -> gone with `next`   deleted and made anew between two updates (another czxid): struck through for BACK_MS
 * gone -> live      the path was made anew, by a delta or by `next`
 * The rows that wait for their time are in `waiting`; one timer serves all.
 */
class Znodes {
  /** `leave(row)` says how many ms its leaving is drawn; `later(changes)` is told what came of time. */
  constructor(leave, later) {
    Object.assign(this, { leave, later });
    this.top = { path: "/", level: 1, parent: null, kids: [], below: 0, state: "live", z: null, hits: 0 };
    this.rows = new Map([["/", this.top]]);
    this.owned = new Map(); // session id → rows of its ephemerals
    this.sessions = new Map();
    this.names = new Map(); // session id → process; kept when the session has gone, to say whose it was
    this.watches = new Map();
    this.waiting = new Set();
  }

  get count() {
    let live = 0;
    for (const row of this.rows.values()) if (row.state === "live" && row.z && row !== this.top) live += 1;
    return live;
  }

  get root() { return this.label ?? "/"; }

  ownerName(sid) { return this.names.get(sid) ?? sid; }

  nameOf(row) { return row === this.top ? this.root : nameOf(row.path); }

  /** What a full picture changes in what is known, as a delta: nothing flashes that did not change. */
  differences(full) {
    const missing = (known, now, nothing) => [...known.keys()].filter((key) => !(key in now)).map((key) => [key, nothing]);
    const differs = ([path, z]) => { const row = this.rows.get(path); return row?.state !== "live" || !same(row.z, z); };
    const gone = [...this.rows.values()].filter((row) => row.z && (row.state === "live" || row.next) && !(row.path in full.znodes));
    return {
      set: Object.fromEntries(Object.entries(full.znodes).filter(differs)), gone: gone.map((row) => row.path), note: full.note ?? "",
      sessions: { ...Object.fromEntries(missing(this.sessions, full.sessions, null)), ...full.sessions },
      watches: { ...Object.fromEntries(missing(this.watches, full.watches, [])), ...full.watches },
    };
  }

  /** Take in a delta; returns the changes. */
  apply(delta, quiet) {
    const changes = noChanges(quiet);
    for (const [sid, session] of Object.entries(delta.sessions ?? {})) this.session(sid, session, changes);
    const entries = Object.entries(delta.set ?? {}).sort((a, b) => (a[0] < b[0] ? -1 : 1)); // parents come first
    for (const [path, z] of entries) this.set(path, z, changes);
    for (const path of delta.gone ?? []) this.go(this.rows.get(path), changes);
    for (const [path, watchers] of Object.entries(delta.watches ?? {})) this.watch(path, watchers, changes);
    this.wait();
    return changes;
  }

  session(sid, session, changes) {
    const before = this.sessions.get(sid), rows = this.owned.get(sid) ?? new Set();
    session ? this.sessions.set(sid, session) : this.sessions.delete(sid);
    if (session?.process) this.names.set(sid, session.process);
    if (session && session.left != null) session.due = performance.now() + session.left * 1000;
    for (const row of rows) changes.redraw.add(row);
    if (session?.state === "silent" && before?.state !== "silent" && rows.size) {
      changes.news.push([2, `the session of ${this.ownerName(sid)} is silent: its ephemerals stay until it times out`]);
    }
  }

  watch(path, watchers, changes) {
    watchers.length ? this.watches.set(path, watchers) : this.watches.delete(path);
    if (this.rows.has(path)) changes.redraw.add(this.rows.get(path));
  }

  set(path, z, changes) {
    const row = this.ensure(path, changes), before = row.z, back = row.state === "gone", fresh = !before || back;
    if (!fresh && before.czxid !== z.czxid) {
      changes.news.push([3, `${path} went and came back: this is another znode`]);
      if (row.el && !changes.quiet) return this.end(row, BACK_MS, changes, z);
    }
    if (back) this.revive(row);
    if (!fresh && before.value !== z.value) changes.news.push([0, `${path} changed: version ${z.version}`]);
    if (fresh && path !== "/") changes.news.push([1, `${path} appeared${z.owner ? `, an ephemeral of ${this.ownerName(z.owner)}` : ""}`]);
    if (fresh || before.value !== z.value || before.version !== z.version || before.czxid !== z.czxid) changes.marks.add(row);
    this.disown(row);
    row.z = z;
    if (z.owner) this.owned.set(z.owner, (this.owned.get(z.owner) ?? new Set()).add(row));
    changes.redraw.add(row).add(row.parent ?? row);
  }

  /** The row of `path`, made (with its parents) if there is none. */
  ensure(path, changes) {
    const known = this.rows.get(path);
    if (known) return known;
    const parent = this.ensure(parentOf(path), changes);
    const row = { path, level: parent.level + 1, parent, kids: [], below: 0, state: "live", z: null, hits: 0 };
    parent.kids.splice(indexFor(parent.kids, path), 0, row);
    for (let up = parent; up; up = up.parent) up.below += 1;
    this.rows.set(path, row);
    changes.shape = true;
    changes.arrived.add(row);
    return row;
  }

  disown(row) {
    const rows = this.owned.get(row.z?.owner);
    if (rows?.delete(row) && !rows.size) this.owned.delete(row.z.owner);
  }

  go(row, changes) {
    if (!row || row === this.top || (row.state === "gone" && !row.next)) return;
    const owner = row.z?.owner, ended = owner && this.sessions.get(owner)?.state !== "live";
    changes.news.push([3, `${row.path} is gone` + (owner ? (ended ? `: the session of ${this.ownerName(owner)} ended` : ` (ephemeral of ${this.ownerName(owner)})`) : "")]);
    this.end(row, row.el ? GONE_MS : 0, changes);
  }

  /** Struck through at once; after `ms` it leaves, or lives again as `next`. */
  end(row, ms, changes, next = null) {
    Object.assign(row, { state: "gone", next, until: performance.now() + ms });
    this.disown(row);
    this.waiting.add(row);
    changes.redraw.add(row).add(row.parent);
    changes.marks.add(row);
  }

  revive(row) {
    this.waiting.delete(row);
    Object.assign(row, { state: "live", next: null, leaving: false });
    row.el?.getAnimations().forEach((animation) => animation.cancel());
  }

  wait() {
    clearTimeout(this.timer);
    if (!this.waiting.size) return;
    let first = Infinity;
    for (const row of this.waiting) first = Math.min(first, row.until);
    this.timer = setTimeout(() => this.sweep(), Math.max(0, first - performance.now()));
  }

  stop() { clearTimeout(this.timer); }

  /** All whose time has come. */
  sweep() {
    const changes = noChanges(), now = performance.now() + 1; // timers may fire a little early
    for (const row of [...this.waiting].filter((row) => row.until <= now)) {
      const takes = row.next || row.leaving ? 0 : this.leave(row);
      if (row.next) this.set(row.path, row.next, changes);
      else if (takes) Object.assign(row, { leaving: true, until: performance.now() + takes });
      else this.remove(row, changes);
    }
    this.wait();
    this.later(changes);
  }

  remove(row, changes) {
    this.waiting.delete(row);
    if (this.rows.get(row.path) !== row) return; // went with its parent
    for (const kid of [...row.kids]) this.remove(kid, changes);
    row.parent.kids.splice(row.parent.kids.indexOf(row), 1);
    for (let up = row.parent; up; up = up.parent) up.below -= 1;
    this.rows.delete(row.path);
    this.disown(row);
    changes.removed.push(row);
    changes.shape = true;
    changes.redraw.add(row.parent);
  }
}
