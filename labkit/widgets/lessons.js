// What the widgets of a lesson share. Joined behind common.js, in front of the widget's own file.

const KERNEL_MS = 4000; // a kernel that has not even taken the click by then does not answer

/** Text with `code`, as nodes. */
function spoken(text) {
  return text.split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part)).filter((part) => part !== "");
}

/** Paragraphs between blank lines; one whose lines are all indented by four blanks is code. */
function prose(text) {
  return text.split(/\n\s*\n/).filter(Boolean).map((part) => (part.split("\n").every((line) => line.startsWith("    "))
    ? h("pre", {}, part.replace(/^ {4}/gm, "")) : h("p", {}, ...spoken(part))));
}

/** "Many people think (M1): …", as a quotation. */
function believed(view) {
  if (!view.belief) return null;
  return h("p", { class: "lk-belief" }, `Many people think (${view.belief}): `, h("q", {}, ...spoken(view.believed)), view.moment ? " Your own lab says otherwise." : "");
}

/** What the learner's own lab showed, and when. */
function moment(view) {
  return view.moment ? h("p", { class: "lk-moment" }, h("b", {}, "Seen "), ...spoken(view.moment)) : null;
}

/** One widget of a lesson: `draw(view)` is called for each new view. Nothing of the page's state is thrown away by it. */
class LessonView {
  constructor(model, host, kind, label) {
    this.model = model;
    this.name = `lk-${Math.random().toString(36).slice(2)}`; // of the radio buttons: two views must not share a group
    this.body = h("div", { class: "lk-lesson-body" });
    this.error = h("div", { class: "lk-error", role: "alert", hidden: "" });
    this.root = h("section", { class: `lk-widget lk-lesson ${kind}`, "aria-label": label, "data-lm-suppress-shortcuts": "true" }, this.body, this.error);
    host.replaceChildren(this.root);
    this.root.addEventListener("keydown", (event) => event.stopPropagation()); // or the notebook would act on it
    const draw = () => this.draw(model.get("view")), fail = () => this.fail(model.get("error")), ack = () => clearTimeout(this.timer);
    const events = [["change:view", draw], ["change:error", fail], ["msg:custom", ack]];
    for (const [name, handler] of events) model.on(name, handler);
    this.stop = () => {
      for (const [name, handler] of events) model.off(name, handler);
      clearTimeout(this.timer);
    };
  }

  /** Ask Python to do something; the answer is a new view or an error. */
  ask(what, args = {}) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fail("The kernel does not answer. Is it still running?"), KERNEL_MS);
    this.fail("");
    this.model.send({ do: what, args });
  }

  fail(text) {
    put(this.error, text);
    this.error.hidden = !text;
  }

  /** A form whose Enter key and button both do `submit`. */
  form(kind, submit, ...children) {
    const form = h("form", { class: kind, novalidate: "" }, ...children);
    form.addEventListener("submit", (event) => { event.preventDefault(); submit(form); });
    return form;
  }

  /** A group of radio buttons or checkboxes under a text. */
  options(type, name, text, options) {
    const rows = options.map(({ key, text: label }) => h("label", {}, h("input", { type, name: `${this.name}-${name}`, value: key }), h("span", {}, ...spoken(label))));
    return h("fieldset", { "data-question": name }, h("legend", {}, ...spoken(text)), ...rows);
  }
}

const chosen = (fieldset) => [...fieldset.querySelectorAll("input:checked")].map((input) => input.value);
