// On paper and in a file: the conversation, or the list of questions to take to the visit.

const ALONE = "@media print { body > :not(ivy-chat):not(:has(ivy-chat)) { display: none !important; } }";

/** Give a document or shadow root a style. A constructed sheet, because a strict policy forbids style elements;
    an element for browsers that know no constructed sheets. Returns what takes it away again. */
function dress(root, style) {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return () => { root.adoptedStyleSheets = root.adoptedStyleSheets.filter((one) => one !== sheet); };
  }
  const node = make("style", {}, style);
  (root.head ?? root).append(node);
  return () => node.remove();
}

/** Print what is given, alone on its page. */
function printAlone(host, sheet, ...content) {
  sheet.replaceChildren(...content);
  host.classList.add("printing");
  const undress = dress(document, ALONE);
  addEventListener("afterprint", () => {
    host.classList.remove("printing");
    undress();
  }, { once: true });
  window.print();
}

const about = () => make("p", {}, `${facts.clinic}. ${texts.sheet_note}`);
const numbers = () => make("ul", {}, ...texts.outage_numbers.map((line) => make("li", {}, rich(line))));

/** The conversation as it stands, without buttons, with all sources open. */
function conversationSheet(log) {
  const copy = log.cloneNode(true);
  copy.querySelectorAll("button:not(.word), .helpful, .choices, .status, .meaning[hidden]").forEach((node) => node.remove());
  copy.querySelectorAll("details").forEach((node) => { node.open = true; });
  copy.querySelectorAll(".word").forEach((node) => node.replaceWith(node.textContent));
  copy.removeAttribute("id");
  copy.className = "log";
  copy.removeAttribute("role");
  return [make("h1", {}, texts.sheet_title), make("p", {}, fill("printed", { date: dayOf(new Date()) })), about(), numbers(), copy];
}

/** The questions of a reply, each with room for the answer. */
function listSheet(words) {
  const questions = [...words.querySelectorAll("ol > li")].map((item) => make("li", {}, item.textContent, make("div", { class: "rule" }), make("div", { class: "rule" })));
  return [make("h1", {}, texts.list_title), make("p", {}, `${texts.list_visit} ______________________`), make("p", {}, texts.list_hint), make("ol", { class: "questions" }, ...questions), about(), numbers()];
}

/** The conversation as plain text, made and kept in the browser. */
function saveText(entries) {
  const flat = (html) => rich(html).textContent;
  const head = [texts.sheet_title, fill("printed", { date: dayOf(new Date()) }), `${facts.clinic}. ${texts.sheet_note}`, ...texts.outage_numbers.map(flat)];
  const text = [head.join("\n"), ...entries.map((entry) => (entry.you === undefined ? replyText(entry.ivy) : `${texts.you}: ${entry.you}`))].join("\n\n");
  const address = URL.createObjectURL(new Blob([text, "\n"], { type: "text/plain;charset=utf-8" }));
  make("a", { href: address, download: "ivy.txt" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function replyText(reply) {
  const reviewed = reply.reviewed_on ? fill("reviewed", { name: reply.reviewed_by, date: dayOf(reply.reviewed_on) }) : reply.label ?? "";
  const sources = (reply.sources ?? []).map((source) => `- ${[source.title, source.publisher, source.year, source.identifier].filter(Boolean).join(". ")}`);
  const origin = `[${reply.content}, ${String(reply.version).slice(0, 12)}]`;
  return [`${texts.ivy}: ${reply.text}`, reviewed, ...(sources.length ? [fill("sources", { n: sources.length }), ...sources] : []), origin].filter(Boolean).join("\n");
}
