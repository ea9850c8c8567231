// Talking with Python (see tree.py): the full picture once, then only what changed. Nothing is drawn here.

const ASK_AGAIN_MS = 2000;

/**
 * asked     a full picture is on its way; one question at a time, and again if no answer comes
 * in step   every delta begins where the last one ended
 * in step -> asked   a delta begins later: something was missed; it is not taken in, all is asked for
 */
class Link {
  /** `full(picture, quiet)`, `delta(delta)` and `dead()` are called; `quiet`: what differs did not happen just now. */
  constructor(model, { full, delta, dead }) {
    Object.assign(this, { model, full, delta });
    this.seq = -1;
    const handlers = { "msg:custom": (message) => this.receive(message), comm_live_update: dead };
    for (const [event, handler] of Object.entries(handlers)) model.on(event, handler);
    this.stop = () => {
      clearTimeout(this.askTimer);
      for (const [event, handler] of Object.entries(handlers)) model.off(event, handler);
    };
  }

  start() {
    const picture = this.model.get("full");
    if (picture?.znodes) this.take(picture, true);
    this.ask();
  }

  ask() {
    if (this.askTimer) return;
    this.askTimer = setTimeout(() => { this.askTimer = null; if (this.missed) this.ask(); }, ASK_AGAIN_MS);
    this.fresh = this.seq < 0 || this.fresh === undefined; // what the first answer changes did not happen just now
    this.model.send({ type: "hello" });
  }

  receive(message) {
    if (message.type === "full") this.answered(message);
    if (message.type !== "delta" || message.seq <= this.seq) return;
    this.missed = (message.base ?? message.seq - 1) > this.seq;
    if (this.missed) return this.ask();
    this.seq = message.seq;
    this.delta(message);
  }

  answered(picture) {
    clearTimeout(this.askTimer);
    this.askTimer = null;
    this.missed = false;
    if (picture.seq >= this.seq) this.take(picture, this.fresh);
    this.fresh = false;
  }

  take(picture, quiet) {
    this.seq = picture.seq;
    this.full(picture, quiet);
  }
}
