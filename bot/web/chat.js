// Ivy's chat page. Each message ends in an answer or in a card with the numbers to call; none is lost.

const PATIENCE_MS = 3000;
const LIMIT = 2000;
const COUNT_FROM = 1800;
const LOOKS = {
  check: { title: "A safety question", icon: "check", alt: "Question" },
  emergency: { title: "Emergency", icon: "emergency", alt: "Warning" },
  urgent: { title: "Urgent", icon: "urgent", alt: "Warning" },
  routine: { title: "For your care team", icon: "note", alt: "Note" },
  none: { title: "For your safety", icon: "note", alt: "Note" },
};

const facts = document.body.dataset;
const at = (id) => document.getElementById(id);
const log = at("log");
const words = at("words");
/** Requests without an answer yet: { text, node, request, settle, failed, done }. */
const open = new Set();

// ---- small tools ----

function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
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
  const line = make("p", "", text);
  at(region).append(line);
  setTimeout(() => line.remove(), 10000);
}

// ---- the server ----

/** The answer with its status. Throws when there is nothing that can be shown. */
async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`/api/${path}`, { method: "POST", headers, body: JSON.stringify(body), cache: "no-store" });
  if (response.status >= 500) throw new Error(`status ${response.status}`);
  const { session, replies = [] } = await response.json();
  if (!replies.every((reply) => reply.html || reply.text)) throw new Error("not an answer");
  return { session, replies, status: response.status };
}

/** A new session, asked for once however many wait for it. */
let opening = null;
function openSession() {
  opening ??= post("session", {}).then((opened) => {
    if (!opened.session && !opened.replies.length) throw new Error("no session");
    if (!recall("session")) remember("session", opened.session);
    return opened;
  }).finally(() => { opening = null; });
  setTimeout(() => { opening = null; }, PATIENCE_MS); // a hung request must not hold back "Try again"
  return opening;
}

async function deliver(message, mayRenew = true) {
  const opened = recall("session") ? null : await openSession();
  const session = recall("session");
  if (!session) return opened; // refused, with replies that say why
  const answer = await post("message", { session, ...message });
  if (answer.status === 401 && mayRenew) {
    if (recall("session") === session) remember("session", "");
    return deliver(message, false);
  }
  if (!answer.replies.length) throw new Error("empty answer");
  return answer;
}

// ---- requests that must not be lost ----

async function attempt(job) {
  job.failed = false;
  open.add(job);
  showState();
  // The request goes on after the card is shown: a late answer is still an answer.
  const timer = setTimeout(() => fail(job), PATIENCE_MS);
  try {
    settle(job, await job.request());
  } catch {
    fail(job);
  } finally {
    clearTimeout(timer);
  }
}

function fail(job) {
  if (job.done) return;
  job.failed = true;
  showState();
}

function settle(job, answer) {
  if (job.done) return;
  job.done = true;
  open.delete(job);
  showState();
  job.settle(answer);
}

/** Make the waiting line, the outage card and the marks on messages agree with the open requests. */
function showState() {
  const failed = [...open].filter((job) => job.failed);
  const card = at("outage");
  const isNew = card.hidden && failed.length > 0;
  at("waiting").hidden = open.size === failed.length;
  at("kept").hidden = !failed.some((job) => job.text);
  at("again").textContent = at("kept").hidden ? "Try again" : "Send again";
  card.hidden = !failed.length;
  for (const node of log.querySelectorAll(".you")) {
    const unsent = failed.some((job) => job.node === node);
    node.classList.toggle("failed", unsent);
    node.querySelector(".status").textContent = unsent ? "Not answered yet" : "";
  }
  // A reload must not lose what was not answered.
  remember("unsent", [...open].map((job) => job.text).filter(Boolean).join("\n"));
  if (!isNew) return;
  announce("assertive", `${at("outage-title").innerText} ${at("outage-words").innerText}`);
  card.scrollIntoView({ block: "start" });
}

// ---- what is shown ----

function showPatient(text) {
  const node = make("div", "you");
  node.append(make("span", "unseen", "You: "), make("div", "words", text), make("p", "status"));
  log.append(node);
  return node;
}

/** Show and announce. `before` keeps the greeting above what a quick patient has already typed. */
function showReplies(replies, before = null) {
  const nodes = replies.map(replyNode);
  nodes.forEach((node) => log.insertBefore(node, before));
  for (const [region, safety] of [["assertive", true], ["polite", false]]) {
    const spoken = replies.filter((reply) => Boolean(lookOf(reply)) === safety).map(spokenForm);
    if (spoken.length) announce(region, spoken.join(" "));
  }
  return nodes;
}

function lookOf(reply) {
  if (reply.kind === "check") return LOOKS.check;
  return reply.kind === "safety" ? LOOKS[reply.tier] ?? LOOKS.none : null;
}

function spokenForm(reply) {
  const choices = (reply.buttons ?? []).map((button) => button.title).join(", ");
  return `${lookOf(reply)?.title ?? "Ivy"}: ${reply.text || wordsOf(reply).textContent}${choices && ` Choices: ${choices}.`}`;
}

function replyNode(reply) {
  const node = make("div", "ivy");
  const look = lookOf(reply);
  const body = make("div", look ? `body card ${look.icon}` : "body");
  body.append(look ? headingOf(look) : make("span", "unseen", "Ivy: "), wordsOf(reply), metaOf(reply));
  Object.assign(node.dataset, { content: reply.content ?? "", version: reply.version ?? "" });
  node.append(body);
  if (reply.buttons?.length) node.append(choicesOf(reply.buttons));
  return node;
}

function headingOf({ title, icon, alt }) {
  const heading = make("h2");
  heading.innerHTML = `<svg class="icon" role="img" aria-label="${alt}"><use href="#icon-${icon}"/></svg>`;
  heading.append(make("span", "", title));
  return heading;
}

function wordsOf(reply) {
  const body = make("div", "words");
  const template = document.createElement("template");
  template.innerHTML = reply.html ?? ""; // sanitised by the server
  body.append(reply.html ? template.content : make("p", "plain", reply.text));
  linkNumbers(body);
  return body;
}

/** Make the emergency and clinic numbers tap-to-call without changing a reviewed word. */
function linkNumbers(root) {
  if ("fictional" in facts) return;
  const numbers = [facts.emergency, facts.phone].filter(Boolean).map((n) => n.replace(/[^\w\s]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\d-])(${numbers.join("|")})(?![\\d-])`);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts.filter((node) => !node.parentElement.closest("a"))) {
    const link = (number) => Object.assign(make("a", "", number), { href: `tel:${number.replace(/[^+\d]/g, "")}` });
    text.replaceWith(...text.data.split(pattern).map((part, i) => (i % 2 ? link(part) : part)));
  }
}

/** Draft label, review date and sources: what the words stand on. */
function metaOf({ label, state, reviewed_on: reviewed, sources = [] }) {
  const meta = make("div", "meta");
  const draft = label ?? (state === "approved" ? "" : facts.draftLabel);
  if (draft) meta.append(make("p", "draft", draft));
  if (reviewed) {
    const day = new Date(`${reviewed}T12:00`).toLocaleDateString("en", { dateStyle: "long" });
    meta.append(make("p", "", `Reviewed by a clinician on ${day}.`));
  }
  if (sources.length) {
    const details = make("details");
    const list = make("ul");
    list.append(...sources.map((s) => make("li", "", [s.title, s.publisher, s.year, s.identifier].filter(Boolean).join(". "))));
    details.append(make("summary", "", `Sources (${sources.length})`), list);
    meta.append(details);
  }
  return meta;
}

function choicesOf(buttons) {
  const group = make("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Suggested replies");
  for (const { id, title } of buttons) {
    const button = make("button", "", title);
    button.type = "button";
    button.addEventListener("click", (event) => {
      send(title, { button: id });
      keepFocus(event);
    });
    group.append(button);
  }
  return group;
}

/** The pressed button is gone. A keyboard (detail 0) needs a place to be; a finger wants no keyboard. */
function keepFocus(event) {
  if (event.detail === 0) words.focus();
}

// ---- what the patient does ----

function send(text, message) {
  log.querySelectorAll(".choices").forEach((group) => group.remove());
  const sent = { id: newId(), ...message }; // one id for every attempt, so a retry is not a second message
  const settle = ({ status, replies }) => {
    const nodes = showReplies(replies);
    (nodes.find((node) => node.querySelector(".card")) ?? nodes[0]).scrollIntoView({ block: "start" });
    // Refused (too long, too fast): give the words back, to be changed or sent again.
    if (status !== 200 && message.text && !words.value) setWords(text);
  };
  attempt({ text, node: showPatient(text), request: () => deliver(sent), settle });
  at("waiting").scrollIntoView({ block: "end" });
}

function submit(event) {
  event.preventDefault();
  const text = words.value.trim();
  if (!text) return;
  setWords("");
  send(text, { text });
}

function setWords(text) {
  words.value = text;
  count();
}

/** Nothing is cut and nothing held back: the server listens for warning signs in long messages too. */
function count() {
  const counter = at("counter");
  const over = words.value.length - LIMIT;
  const tooMany = `${over} characters too many. Ivy answers up to ${LIMIT}: please shorten your message.`;
  if (over > 0 && !counter.classList.contains("over")) announce("polite", tooMany);
  counter.hidden = words.value.length < COUNT_FROM;
  counter.textContent = over > 0 ? tooMany : `${words.value.length} of ${LIMIT} characters`;
  counter.classList.toggle("over", over > 0);
}

function begin() {
  attempt({ request: openSession, settle: ({ replies }) => showReplies(replies, log.querySelector(".you")) });
}

async function forget() {
  const session = recall("session");
  at("sure-problem").textContent = "";
  try {
    const late = new Promise((_, reject) => { setTimeout(reject, PATIENCE_MS); });
    const answer = session ? await Promise.race([post("forget", { session }), late]) : { status: 200, replies: [] };
    if (answer.status !== 200 && answer.status !== 401) throw new Error("not deleted"); // 401: gone already
    startAfresh(answer.replies);
  } catch {
    at("sure-problem").textContent = "It could not be deleted just now. Please try again.";
  }
}

function startAfresh(replies) {
  open.forEach((job) => { job.done = true; });
  open.clear();
  remember("session", "");
  log.replaceChildren();
  setWords("");
  showState();
  at("sure").close();
  words.focus();
  showReplies(replies)[0]?.scrollIntoView({ block: "start" });
  begin();
}

function askDelete() {
  at("sure-problem").textContent = "";
  at("menu-button").focus(); // where the dialog returns to
  at("sure").showModal();
}

const on = (id, type, act) => at(id).addEventListener(type, act);
on("composer", "submit", submit);
on("words", "input", count);
on("words", "keydown", (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event); });
on("again", "click", (event) => {
  [...open].filter((job) => job.failed).forEach(attempt);
  keepFocus(event);
});
on("print", "click", () => window.print());
on("delete", "click", askDelete);
on("sure-yes", "click", forget);
// A long clinic name makes the pinned bar higher; what is scrolled to must stop below it (chat.css).
new ResizeObserver(() => document.documentElement.style.setProperty("--top", `${at("top").offsetHeight}px`)).observe(at("top"));
addEventListener("beforeprint", () => log.querySelectorAll("details").forEach((node) => { node.open = true; }));

setWords(recall("unsent") ?? "");
if (recall("session")) log.append(make("p", "remark", "Your conversation goes on. What was said before is not shown again."));
else begin();
