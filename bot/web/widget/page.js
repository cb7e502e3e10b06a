// Small tools that all parts share: making elements, words, what the tab remembers, what a screen reader is told.

const { texts, facts } = IVY;
const PATIENCE_MS = 3000;
const COUNT_FROM = 1800;

/** An element. Attributes that are functions listen ("click"), false and undefined ones are left out. */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** A text with its {gaps} filled. */
const fill = (key, values) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

const button = (text, act, className = "") => make("button", { type: "button", class: className, click: act }, text);

/** A day as people write it in the page's language. `day` is an ISO date or a Date. */
function dayOf(day) {
  const date = typeof day === "string" ? new Date(`${day}T12:00`) : day;
  return date.toLocaleDateString(texts.language, { dateStyle: "long" });
}

const SHAPES = {
  emergency: ["M8 2h8l6 6v8l-6 6H8l-6-6V8z", "M12 7v6M12 16.6v.1"],
  urgent: ["M12 2 23 21H1z", "M12 9v5.5M12 17.6v.1"],
  check: ["M12 1.5a10.5 10.5 0 1 0 0 21a10.5 10.5 0 1 0 0-21z", "M9 9.5a3 3 0 1 1 4.2 2.7c-.8.4-1.2.9-1.2 1.8M12 17.4v.1"],
  note: ["M12 1.5a10.5 10.5 0 1 0 0 21a10.5 10.5 0 1 0 0-21z", "M12 11v6M12 7.4v.1"],
  ivy: ["M12 20.2c-.8-4.5-5.2-6-6.8-10.5 3 0 4.5.8 6 3 0-3 .8-6 3-9 2.2 3 3.8 6.8 2.2 9.8 1.5-1.5 3-2.2 4.5-2.2-1.5 3.8-5.2 4.5-7.5 6z", ""],
};

/** A drawing. Without a name it says nothing to a screen reader. */
function icon(shape, name = "") {
  const draw = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const svg = draw("svg", { viewBox: "0 0 24 24", class: "icon", ...(name ? { role: "img", "aria-label": name } : { "aria-hidden": "true" }) });
  const [fillPath, markPath] = SHAPES[shape];
  svg.append(draw("path", { class: "fill", d: fillPath }), draw("path", { class: "mark", d: markPath }));
  return svg;
}

/** sessionStorage, also where the browser forbids it: then until the page is closed. */
const memory = new Map();
function remember(key, value) {
  memory.set(key, value || "");
  try { sessionStorage.setItem(`ivy.${key}`, value || ""); } catch { /* memory has it */ }
}
function recall(key) {
  try { return sessionStorage.getItem(`ivy.${key}`); } catch { return memory.get(key); }
}

/** A random UUID. crypto.randomUUID is missing on plain http, where a clinic may first try Ivy. */
function newId() {
  const digit = (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16);
  return crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, digit);
}

/** Said once by a screen reader; removed later, so that nobody meets the words a second time. */
function announce(region, text) {
  const line = make("p", {}, text);
  region.append(line);
  setTimeout(() => line.remove(), 10000);
}
