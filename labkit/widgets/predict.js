// A prediction: a form before the fault; forecast and truth side by side after it; then one sentence of explanation.

const STATES = {
  open: "Write down what you expect: the fault waits for it.",
  armed: "Your forecast is stored. Now run the next cell. (You may still change it.)",
  running: "The fault has struck. Watching your lab…",
  told: "",
};
const MISSING = "Answer every question first: a wrong forecast is worth as much as a right one.";

class PredictView extends LessonView {
  constructor(model, host) {
    super(model, host, "lk-predict", "Your forecast");
    const view = model.get("view");
    this.forms = new Map(view.questions.map((question) => [question.id, this.question(question)]));
    this.button = h("button", { type: "submit", "data-do": "answer" }, "This is my forecast");
    this.state = h("span", { class: "lk-state-line", role: "status" });
    this.form_ = this.form("lk-questions", () => this.answer(), ...this.forms.values(), h("div", { class: "lk-row-of-buttons" }, this.button, this.state));
    this.told = h("div", { class: "lk-told", "aria-live": "polite" });
    this.sentence = h("textarea", { rows: "2", "aria-label": "your explanation", placeholder: "Because …" });
    this.say = h("button", { type: "submit", "data-do": "explain" }, "Compare");
    this.why = h("p", { class: "lk-why" });
    this.explain = this.form("lk-explain", () => this.ask("explain", { sentence: this.sentence.value }), this.why, this.sentence, h("div", { class: "lk-row-of-buttons" }, this.say));
    this.model_ = h("div", { class: "lk-model", "aria-live": "polite" });
    this.again = h("button", { type: "button", "data-do": "again" }, "Another forecast");
    this.again.addEventListener("click", () => { this.open = true; this.draw(this.model.get("view")); this.form_.querySelector("input")?.focus(); });
    this.body.replaceChildren(h("div", { class: "lk-prompt" }, ...prose(view.prompt)), this.form_, this.told, this.explain, this.model_, h("div", { class: "lk-row-of-buttons" }, this.again));
    this.fill(view.answers);
    this.draw(view);
  }

  question(question) {
    if (question.kind === "number") {
      const input = h("input", { type: "text", inputmode: "decimal", size: "6", name: question.id, autocomplete: "off" });
      return h("label", { class: "lk-number", "data-question": question.id }, h("span", {}, ...spoken(question.text)), input, h("span", {}, question.unit));
    }
    return this.options(question.kind === "choice" ? "radio" : "checkbox", question.id, question.text, question.options);
  }

  fill(answers) {
    for (const [id, answer] of Object.entries(answers)) {
      const el = this.forms.get(id), input = el?.querySelector("input[type=text]");
      if (input) input.value = answer;
      else for (const box of el?.querySelectorAll("input") ?? []) box.checked = [answer].flat().includes(box.value);
    }
  }

  answer() {
    const answers = {};
    for (const { id, kind } of this.model.get("view").questions) {
      const el = this.forms.get(id), keys = chosen(el);
      answers[id] = kind === "number" ? el.querySelector("input").value.trim() : kind === "choice" ? keys[0] : keys;
      if (answers[id] === undefined || answers[id] === "") return this.fail(MISSING);
    }
    this.open = false;
    return this.ask("answer", { answers });
  }

  draw(view) {
    const told = view.state === "told" && !this.open;
    this.root.dataset.state = view.state;
    this.form_.hidden = told;
    for (const input of this.form_.querySelectorAll("input")) input.disabled = view.state === "running";
    this.button.setAttribute("aria-disabled", view.state === "running");
    put(this.button, view.state === "armed" ? "Change my forecast" : "This is my forecast");
    put(this.state, view.recalled && view.state === "armed" ? "Your forecast of last time is stored. Change it, or run the next cell." : STATES[view.state]);
    if (!same(view.rows, this.rows)) this.told.replaceChildren(...(this.rows = view.rows).map((row) => this.row(row)));
    this.told.hidden = !told;
    this.drawExplanation(view, told);
    this.again.hidden = !told;
  }

  row(row) {
    const verdict = row.right === null ? "" : row.right ? "= as you said" : "≠ otherwise than you said";
    const pair = (name, text, more) => h("div", { class: `lk-pair ${more}` }, h("dt", {}, name), h("dd", {}, ...spoken(text)));
    return h("div", { class: "lk-compared", "data-right": String(row.right) }, h("p", { class: "lk-question" }, ...spoken(row.text)),
      h("dl", {}, pair("you said", row.said, "lk-said"), pair("your lab measured", row.was, "lk-was"), h("div", { class: "lk-pair lk-verdict-word" }, verdict)),
      moment(row), believed(row));
  }

  drawExplanation(view, told) {
    const asked = told && Boolean(view.why), done = Boolean(view.explanation);
    this.explain.hidden = !asked || done;
    this.why.replaceChildren(...spoken(view.why));
    this.model_.hidden = !asked || !done;
    if (done) {
      this.model_.replaceChildren(h("p", { class: "lk-why" }, ...spoken(view.why)), h("dl", {}, h("div", { class: "lk-pair" }, h("dt", {}, "you"), h("dd", {}, view.explanation)),
        h("div", { class: "lk-pair" }, h("dt", {}, "one answer"), h("dd", {}, ...spoken(view.model)))));
    }
  }
}

export default {
  render({ model, el }) {
    const view = new PredictView(model, el);
    return () => view.stop();
  },
};
