// The questions of a prediction: a form before the fault. What came of it is in outcome.js, where the fault was.

const STATES = {
  open: "Write down what you expect: the fault waits for it.",
  armed: "Your forecast is stored. Now run the next cell. (You may still change it.)",
  running: "The fault has struck. Watching your lab…",
  told: "What your lab measured stands where you ran the fault.",
};
const BUTTONS = { armed: "Change my forecast", told: "Forecast again" };
const RECALLED = "Your forecast of last time is stored. Change it, or run the next cell.";
const MISSING = "Answer every question first: a wrong forecast is worth as much as a right one.";

class PredictView extends LessonView {
  constructor(model, host) {
    super(model, host, "lk-predict", "Your forecast");
    const view = model.get("view");
    this.questions = new Map(view.questions.map((question) => [question.id, this.question(question)]));
    this.button = h("button", { type: "submit", "data-do": "answer" });
    this.state = h("span", { class: "lk-state-line", role: "status" });
    const bar = h("div", { class: "lk-row-of-buttons" }, this.button, this.state);
    this.form_ = this.form("lk-questions", () => this.answer(), ...this.questions.values(), bar);
    this.body.replaceChildren(h("div", { class: "lk-prompt" }, ...prose(view.prompt)), this.form_);
    this.draw(view);
  }

  question(question) {
    if (question.kind === "number") {
      const input = h("input", { type: "text", inputmode: "decimal", size: "6", name: question.id, autocomplete: "off" });
      return h("label", { class: "lk-number", "data-question": question.id }, h("span", {}, ...spoken(question.text)), input, h("span", {}, question.unit));
    }
    return this.options(question.kind === "choice" ? "radio" : "checkbox", question.id, question.text, question.options);
  }

  /** What Python has stored, into the fields; what is being written is left alone until it is stored. */
  fill(answers) {
    for (const [id, answer] of Object.entries(answers)) {
      const el = this.questions.get(id), input = el?.querySelector("input[type=text]");
      if (input) input.value = answer;
      else for (const box of el?.querySelectorAll("input") ?? []) box.checked = [answer].flat().includes(box.value);
    }
  }

  answer() {
    const answers = {};
    for (const { id, kind } of this.model.get("view").questions) {
      const el = this.questions.get(id), keys = chosen(el);
      answers[id] = kind === "number" ? el.querySelector("input").value.trim() : kind === "choice" ? keys[0] : keys;
      if (answers[id] === undefined || answers[id] === "") return this.fail(MISSING);
    }
    return this.ask("answer", { answers });
  }

  draw(view) {
    const running = view.state === "running";
    this.root.dataset.state = view.state;
    if (!same(view.answers, this.answers)) this.fill((this.answers = view.answers));
    for (const input of this.form_.querySelectorAll("input")) input.disabled = running;
    this.button.setAttribute("aria-disabled", running);
    put(this.button, BUTTONS[view.state] ?? "This is my forecast");
    put(this.state, view.recalled && view.state === "armed" ? RECALLED : STATES[view.state]);
  }
}

export default {
  render({ model, el }) {
    const view = new PredictView(model, el);
    return () => view.stop();
  },
};
