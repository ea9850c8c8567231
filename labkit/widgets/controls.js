// The processes and their verbs. Python owns the facts (traits `processes`, `busy`, `line`); rows and buttons are
// updated in place, so that the keyboard focus stays where it is.

const GLYPHS = { running: "●", paused: "‖", stopped: "■", dead: "✕", starting: "…" };
const ANSWER_MS = 4000; // a kernel that has not even taken the click by then does not answer
const VERBS = { // in the order of the buttons; what each does, in ZooKeeper's terms
  kill: "SIGKILL: no goodbye to ZooKeeper. Its ephemerals stay until the session times out.",
  stop: "A clean end: it closes its session, and ZooKeeper deletes its ephemerals at once.",
  pause: "SIGSTOP: it sends no more heartbeats. If that lasts longer than the session timeout, ZooKeeper ends the session.",
  resume: "SIGCONT: it goes on where it was. If its session has expired meanwhile, it learns of it only now.",
  restart: "Start it again: same name and id, but a new process and a new session.",
  expire: "End its session at the server, as a timeout would. The process lives on and must notice.",
  cut: "Cut its link to ZooKeeper only: it runs, but no heartbeat arrives. The session goes silent.",
  heal: "Mend the link: within the timeout it keeps its session, after it the session has expired.",
  hold: "Stop it at its next named point: a race on demand.",
  release: "Let it go on from the point where it is held.",
};
const SLOTS = [["kill"], ["stop"], ["pause", "resume"], ["restart"], ["expire"], ["cut", "heal"], ["hold", "release"]]; // one place each:
// a button must not slide under the pointer that has just pressed another one
const SESSIONS = { live: "session live", silent: "session silent", expired: "session expired", gone: "session gone" };

class Controls {
  constructor(model, host) {
    this.model = model;
    this.rows = new Map(); // process name → its elements
    this.sent = new Map(); // process name → timer of a click that Python has not yet taken
    this.list = h("div", { class: "lk-processes", role: "group", "aria-label": "processes" });
    this.none = h("div", { class: "lk-none" }, "No processes yet: what the lab starts gets a row and its buttons here.");
    this.line = h("div", { class: "lk-line", "aria-live": "polite" });
    this.past = h("ol", { class: "lk-past", reversed: "", "aria-label": "what happened before that" });
    host.replaceChildren(h("div", { class: "lk-widget lk-controls", "data-lm-suppress-shortcuts": "true" }, this.list, this.none, this.line, this.past));
    this.list.addEventListener("click", (event) => this.onClick(event.target.closest("button[data-verb]")));
    this.list.addEventListener("keydown", (event) => event.stopPropagation()); // or the notebook would act on it
    const draw = () => this.draw(), drawLine = () => this.drawLine(), onMessage = (message) => this.receive(message);
    const events = [["change:processes", draw], ["change:busy", draw], ["change:line", drawLine], ["change:line_kind", drawLine], ["change:history", drawLine], ["msg:custom", onMessage]];
    for (const [name, handler] of events) model.on(name, handler);
    this.stop = () => {
      for (const [name, handler] of events) model.off(name, handler);
      for (const timer of this.sent.values()) clearTimeout(timer);
    };
    this.draw();
    this.drawLine();
  }

  draw() {
    const processes = this.model.get("processes"), names = new Set(processes.map((process) => process.name));
    for (const [name, row] of this.rows) if (!names.has(name)) { row.el.remove(); this.rows.delete(name); }
    processes.forEach((process, place) => {
      if (!this.rows.has(process.name)) this.rows.set(process.name, this.build(process));
      const row = this.rows.get(process.name);
      if (this.list.children[place] !== row.el) this.list.insertBefore(row.el, this.list.children[place] ?? null);
      this.update(row, process);
    });
    this.none.hidden = processes.length > 0;
  }

  build({ name }) {
    const cell = (part) => h("span", { class: `lk-${part}` });
    const row = { glyph: cell("state-glyph"), word: cell("state-word"), detail: cell("about"), session: cell("session"), verbs: cell("verbs"), buttons: new Map() };
    row.glyph.setAttribute("aria-hidden", "true");
    row.verbs.setAttribute("role", "group");
    row.verbs.setAttribute("aria-label", name);
    row.el = h("div", { class: "lk-process", "data-name": name }, h("span", { class: "lk-state" }, row.glyph, row.word),
      h("span", { class: "lk-who" }, h("b", {}, name), row.detail), row.session, row.verbs);
    return row;
  }

  update(row, process) {
    const busy = this.model.get("busy")[process.name];
    row.el.dataset.state = process.state;
    row.el.dataset.session = process.session || "";
    row.el.title = process.role;
    put(row.glyph, GLYPHS[process.state] ?? "?");
    put(row.word, process.state);
    put(row.detail, [process.detail, process.pid ? `pid ${process.pid}` : ""].filter(Boolean).join(" · "));
    put(row.session, SESSIONS[process.session] ?? process.session ?? "");
    this.updateButtons(row, process);
    this.markBusy(row, busy ?? (this.sent.has(process.name) ? "" : null));
  }

  updateButtons(row, process) {
    const order = Object.keys(VERBS), focused = row.el.contains(document.activeElement) && document.activeElement.dataset.verb;
    const verbs = [...process.verbs].sort((a, b) => order.indexOf(a) - order.indexOf(b));
    for (const [verb, button] of row.buttons) if (!verbs.includes(verb)) { button.remove(); row.buttons.delete(verb); }
    verbs.forEach((verb, place) => {
      if (!row.buttons.has(verb)) row.buttons.set(verb, this.button(process.name, verb));
      const button = row.buttons.get(verb);
      if (row.verbs.children[place] !== button) row.verbs.insertBefore(button, row.verbs.children[place] ?? null);
    });
    if (focused && !row.el.contains(document.activeElement)) this.focusInPlaceOf(focused, row); // its verb makes no sense any more
  }

  /** The button in the same place (pause becomes resume), else the mildest one: never kill, which the next Space would press. */
  focusInPlaceOf(verb, row) {
    const place = SLOTS.find((verbs) => verbs.includes(verb)) ?? [];
    const next = [...place, "restart", "stop"].find((other) => row.buttons.has(other));
    row.buttons.get(next)?.focus();
  }

  button(name, verb) {
    const slot = SLOTS.findIndex((verbs) => verbs.includes(verb));
    const style = slot < 0 ? null : `grid-area: ${Math.floor(slot / 5) + 1} / ${(slot % 5) + 1}`;
    return h("button", { type: "button", "data-process": name, "data-verb": verb, title: `${verb}: ${VERBS[verb] ?? ""}`, "aria-label": `${verb} ${name}`, style }, verb);
  }

  /** aria-disabled, not disabled: a disabled button would lose the focus. `busy`: the verb under way, null if none. */
  markBusy(row, busy) {
    row.el.setAttribute("aria-busy", busy !== null);
    for (const [verb, button] of row.buttons) {
      button.setAttribute("aria-disabled", busy !== null);
      button.classList.toggle("lk-under-way", verb === busy);
    }
  }

  onClick(button) {
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    const { process: name, verb } = button.dataset;
    this.sent.set(name, setTimeout(() => this.unanswered(name, verb), ANSWER_MS));
    this.markBusy(this.rows.get(name), verb);
    this.model.send({ type: "verb", process: name, verb });
  }

  receive(message) {
    if (message.type !== "ack") return;
    clearTimeout(this.sent.get(message.process));
    this.sent.delete(message.process);
    this.draw(); // from here on the trait `busy` says what is under way
  }

  unanswered(name, verb) {
    this.sent.delete(name);
    this.draw();
    this.showLine(`${verb} ${name}: the kernel does not answer. Is it still running?`, "error");
  }

  drawLine() {
    this.showLine(this.model.get("line"), this.model.get("line_kind"));
    const before = [...(this.model.get("history") ?? [])].reverse();
    this.past.replaceChildren(...before.map((text) => h("li", { title: text }, text)));
    this.past.hidden = before.length === 0;
  }

  showLine(text, kind) {
    this.line.dataset.kind = kind;
    put(this.line, (kind === "error" && text ? "Error: " : "") + text);
  }
}

export default {
  render({ model, el }) {
    const controls = new Controls(model, el);
    return () => controls.stop();
  },
};
