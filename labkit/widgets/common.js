// What all widgets share. Joined in front of the widget's own file (see _front.py), so nothing is exported here.

const natural = new Intl.Collator("en", { numeric: true });
const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** An element: h("span", {class: "x"}, child, "text"). Attributes and children that are undefined, null or false are left out. */
function h(tag, attributes = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) if (value != null && value !== false) el.setAttribute(key, value);
  el.append(...children.filter((child) => child != null && child !== false));
  return el;
}

/** Set text only where it differs: a needless write would make screen readers speak again. */
function put(el, text) {
  if (el.textContent !== text) el.textContent = text;
}
