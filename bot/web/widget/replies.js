// What the conversation looks like: the patient's words, Ivy's answers, safety cards, what an answer stands on.

const LOOKS = {
  check: { title: texts.check_title, shape: "check", alt: texts.question_icon },
  emergency: { title: texts.emergency_title, shape: "emergency", alt: texts.warning_icon },
  urgent: { title: texts.urgent_title, shape: "urgent", alt: texts.warning_icon },
  routine: { title: texts.routine_title, shape: "note", alt: texts.note_icon },
  none: { title: texts.note_title, shape: "note", alt: texts.note_icon },
};
/** The question list, as it is shown and when it is done. */
const LISTS = ["voice/list_show", "voice/list_done"];

function lookOf(reply) {
  if (reply.kind === "check") return LOOKS.check;
  return reply.kind === "safety" ? LOOKS[reply.tier] ?? LOOKS.none : null;
}

/** Whether a reply says to call now. */
const alarms = (reply) => reply.kind === "safety" && ["urgent", "emergency"].includes(reply.tier);

function spokenForm(reply) {
  const choices = (reply.buttons ?? []).map((choice) => choice.title).join(", ");
  return `${lookOf(reply)?.title ?? texts.ivy}: ${reply.text}${choices && ` ${fill("choices_are", { choices })}`}`;
}

function patientNode(text) {
  return make("div", { class: "you", dir: "auto" }, make("span", { class: "unseen" }, `${texts.you}: `), make("div", { class: "words" }, text), make("p", { class: "status" }));
}

/** A reply. `acts` are what its buttons do: choose(button, event), helpful(reply, yes), printList(node). */
function replyNode(reply, acts) {
  const look = lookOf(reply);
  const words = make("div", { class: "words" }, rich(reply.html ?? "", reply.text));
  if (reply.kind === "answer") explain(words, reply.words ?? []);
  const body = make("div", { class: look ? `body card ${look.shape}` : "body" }, look ? headingOf(look) : make("span", { class: "unseen" }, `${texts.ivy}: `), words, metaOf(reply, acts));
  const node = make("div", { class: "ivy", "data-content": reply.content ?? "", "data-version": reply.version ?? "", lang: reply.lang ?? undefined, dir: reply.lang ? "auto" : undefined }, body);
  if (LISTS.includes(reply.content)) body.append(button(texts.list_print, () => acts.printList(words), "print-list"));
  if (reply.buttons?.length) node.append(choicesOf(reply.buttons, acts));
  return node;
}

function headingOf({ title, shape, alt }) {
  return make("h3", { class: "title" }, icon(shape, alt), make("span", {}, title));
}

/** Draft label, reviewer and date, sources, and whether it helped. */
function metaOf(reply, acts) {
  const meta = make("div", { class: "meta" });
  const draft = reply.label ?? (reply.state === "approved" ? "" : facts.draft);
  if (draft) meta.append(make("p", { class: "draft" }, draft));
  if (reply.reviewed_on) meta.append(make("p", { class: "reviewed" }, fill("reviewed", { name: reply.reviewed_by, date: dayOf(reply.reviewed_on) })));
  if (reply.sources?.length) {
    const list = reply.sources.map((source) => make("li", {}, [source.title, source.publisher, source.year, source.identifier].filter(Boolean).join(". ")));
    meta.append(make("details", {}, make("summary", {}, fill("sources", { n: list.length })), make("ul", {}, ...list)));
  }
  if (reply.kind === "answer" && reply.state !== "withheld") meta.append(helpfulOf(reply, acts));
  return meta;
}

function helpfulOf(reply, acts) {
  const said = make("span", { role: "status" });
  const row = make("div", { class: "helpful", role: "group", "aria-label": texts.helpful }, make("span", {}, texts.helpful));
  const count = async (helpful) => {
    row.querySelectorAll("button").forEach((one) => one.remove());
    row.append(said);
    said.textContent = texts[await acts.helpful(reply, helpful) ? "helpful_thanks" : "helpful_failed"];
  };
  row.append(button(texts.yes, () => count(true)), button(texts.no, () => count(false)));
  return row;
}

function choicesOf(buttons, acts) {
  return make("div", { class: "choices", role: "group", "aria-label": texts.choices }, ...buttons.map((choice) => button(choice.title, (event) => acts.choose(choice, event))));
}
