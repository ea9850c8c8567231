// What came of a forecast: what was said beside what was measured, then one sentence of explanation beside a model.

class OutcomeView extends LessonView {
  constructor(model, host) {
    super(model, host, "lk-outcome", "Your forecast, and what your lab measured");
    this.told = h("div", { class: "lk-told" });
    this.why = h("p", { class: "lk-why" });
    this.sentence = h("textarea", { rows: "2", "aria-label": "your explanation", placeholder: "Because …" });
    const button = h("button", { type: "submit", "data-do": "explain" }, "Compare");
    this.explain = this.form("lk-explain", () => this.ask("explain", { sentence: this.sentence.value }), this.sentence, h("div", { class: "lk-row-of-buttons" }, button));
    this.model_ = h("div", { class: "lk-model", tabindex: "-1" });
    this.body.replaceChildren(this.told, this.why, this.explain, this.model_);
    this.draw(model.get("view"));
  }

  draw(view) {
    const done = Boolean(view.explanation), focused = this.explain.contains(document.activeElement);
    this.root.dataset.state = view.state;
    if (view.rows.length && !same(view.rows, this.rows)) this.told.replaceChildren(...(this.rows = view.rows).map((row) => this.row(row)));
    this.why.replaceChildren(...spoken(view.why));
    this.why.hidden = !view.why;
    this.explain.hidden = !view.why || done || view.state !== "told";
    this.model_.hidden = !done;
    if (done) this.model_.replaceChildren(pair("you", view.explanation), pair("one answer", view.model));
    if (done && focused) this.model_.focus(); // the form is gone: go where the news is
  }

  row(row) {
    const verdict = row.right === null ? "" : row.right ? "= as you said" : "≠ otherwise than you said";
    return h("div", { class: "lk-compared", "data-right": String(row.right) }, h("p", { class: "lk-question" }, ...spoken(row.text)),
      h("div", { class: "lk-pairs" }, pair("you said", row.said, "lk-said"), pair("your lab measured", row.was, "lk-was"), h("span", { class: "lk-verdict-word" }, verdict)),
      moment(row), believed(row));
  }
}

function pair(name, text, kind = "") {
  return h("span", { class: `lk-pair ${kind}` }, h("span", { class: "lk-name" }, name), h("span", { class: "lk-value" }, ...spoken(text)));
}

export default {
  render({ model, el }) {
    const view = new OutcomeView(model, el);
    return () => view.stop();
  },
};
