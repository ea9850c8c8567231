// An exercise: its task, the verdict on the last answer, and the hints, one at a time.

const NEXT = { hint: "A hint, please", reveal: "Show me the answer" };
const LEAD = { right: "Right.", starter: "Not begun yet.", misfit: "Not yet." };

class CheckView extends LessonView {
  constructor(model, host) {
    super(model, host, "lk-check", "Exercise");
    const view = model.get("view");
    this.task = h("div", { class: "lk-prompt" }, ...prose(view.prompt));
    this.button = h("button", { type: "submit", "data-do": "answer" }, view.kind === "State" ? "Look again" : "Check");
    this.doing = h("span", { class: "lk-state-line", role: "status" });
    this.choices = view.kind === "PickOne" ? this.options("radio", "choice", "", view.options) : null;
    this.choices?.querySelector("legend").replaceChildren("Choose one");
    const bar = h("div", { class: "lk-row-of-buttons" }, view.kind === "Code" ? null : this.button, this.doing);
    this.form_ = this.form("lk-questions", () => this.answer(), this.choices, bar);
    this.verdict = h("div", { class: "lk-verdict", "aria-live": "polite" });
    this.hints = h("div", { class: "lk-hints", "aria-live": "polite" });
    this.next = h("button", { type: "button", "data-do": "next" });
    this.next.addEventListener("click", () => this.ask(this.model.get("view").next));
    this.note = h("p", { class: "lk-note-line", role: "status" });
    this.body.replaceChildren(this.task, this.form_, this.verdict, this.hints, h("div", { class: "lk-row-of-buttons" }, this.next), this.note);
    for (const box of this.choices?.querySelectorAll("input") ?? []) box.checked = box.value === view.chosen;
    this.draw(view);
  }

  answer() {
    if (!this.choices) return this.ask("answer");
    const [key] = chosen(this.choices);
    return key === undefined ? this.fail("Choose one first.") : this.ask("answer", { answer: key });
  }

  draw(view) {
    const judging = view.state === "judging";
    this.root.dataset.state = view.state;
    this.root.dataset.exercise = view.id;
    this.button.setAttribute("aria-disabled", judging);
    put(this.doing, judging ? `Judging: ${view.doing.replaceAll("`", "")} …` : "");
    this.verdict.hidden = judging || !view.verdict;
    if (view.verdict && !same(view.verdict, this.last)) this.verdict.replaceChildren(...this.judged((this.last = view.verdict)));
    this.verdict.dataset.kind = view.verdict?.kind ?? "";
    this.drawHints(view);
    put(this.note, view.notes.join(" "));
    this.note.hidden = view.notes.length === 0;
  }

  judged(verdict) {
    const why = h("p", {}, h("b", {}, `${LEAD[verdict.kind] ?? "Not yet."} `), ...spoken(verdict.why));
    const remark = verdict.remark ? h("p", {}, ...spoken(verdict.remark)) : null;
    const printed = verdict.printed ? [h("p", { class: "lk-printed" }, "It printed:"), h("pre", {}, verdict.printed)] : [];
    return [why, believed(verdict), moment(verdict), remark, ...printed].filter(Boolean);
  }

  drawHints(view) {
    const hints = view.hints.map(({ rung, text }) => [`Hint: ${rung}`, prose(text)]);
    if (view.reference) hints.push(["The answer", view.kind === "PickOne" ? prose(view.reference) : [h("pre", {}, view.reference)]]);
    const known = this.hints.children.length, focused = document.activeElement === this.next;
    for (const [title, nodes] of hints.slice(known)) this.hints.append(h("div", { class: "lk-hint", tabindex: "-1" }, h("b", {}, title), ...nodes));
    this.hints.hidden = hints.length === 0;
    put(this.next, NEXT[view.next] ?? "");
    this.next.hidden = !view.next;
    if (focused && hints.length > known) this.hints.lastElementChild.focus(); // its button is gone: go where the news is
  }
}

export default {
  render({ model, el }) {
    const view = new CheckView(model, el);
    return () => view.stop();
  },
};
