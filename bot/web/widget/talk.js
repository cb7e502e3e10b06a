// The conversation on the screen: adds what was said in order, announces it once, keeps an alarm in view.

class Talk {
  constructor(shell) {
    this.shell = shell;
    this.entries = []; // what was said, for the file
    this.alarm = null;
  }

  get log() { return this.shell.log; }

  addPatient(text) {
    const node = patientNode(text);
    this.log.append(node);
    this.entries.push({ you: text });
    return node;
  }

  /** Show and announce, `before` what was said later. */
  addReplies(replies, before = null) {
    const nodes = replies.map((reply) => this.node(reply));
    const spoken = replies.map((reply) => [lookOf(reply) ? "assertive" : "polite", spokenForm(reply)]);
    nodes.forEach((node) => this.log.insertBefore(node, before)); // only once all of it could be made
    this.entries.push(...replies.map((ivy) => ({ ivy })));
    for (const region of ["assertive", "polite"]) {
      const words = spoken.filter(([where]) => where === region).map(([, text]) => text).join(" ");
      if (words) announce(this.shell[region], words);
    }
    return nodes;
  }

  /** What was said before a reload, above what was said since. It is not announced: it was once. */
  addHistory(history) {
    const before = this.log.firstChild;
    const earlier = (history ?? []).map((line) => (line.ivy ? this.node(line.ivy) : patientNode(line.you)));
    [make("p", { class: "remark" }, texts[history ? "earlier" : "ended"]), ...earlier].forEach((node) => this.log.insertBefore(node, before));
    this.entries.unshift(...history ?? []);
    this.dropChoices(true);
    if (!before) this.log.lastChild.scrollIntoView({ block: "end" });
  }

  /** What says to call now stays in view by its first line, until the patient says that it is done. */
  node(reply) {
    const node = replyNode(reply, this.shell.acts);
    if (alarms(reply)) this.pin(node, reply.tier);
    if (reply.content === "safety/safety_done") this.pin(null);
    return node;
  }

  pin(node, tier = "") {
    const { pinned } = this.shell;
    this.alarm = node;
    pinned.hidden = !node;
    const line = node ? (node.querySelector(".words").firstElementChild ?? node).textContent : "";
    pinned.textContent = line.replace(/(\d)-(?=\d)/g, "$1\u2011"); // a number must not break over two lines
    pinned.className = `pinned ${tier}`;
    this.shell.fit();
  }

  /** The buttons under a reply are for the next message only. */
  dropChoices(keepLast = false) {
    const groups = [...this.log.querySelectorAll(".choices")];
    if (keepLast && groups.at(-1)?.parentElement === this.log.lastChild) groups.pop();
    groups.forEach((group) => group.remove());
  }

  /** Mark the messages that have no answer. */
  mark(failed) {
    for (const node of this.log.querySelectorAll(".you")) {
      const unsent = failed.some((job) => job.node === node);
      node.classList.toggle("failed", unsent);
      node.querySelector(".status").textContent = unsent ? texts.unsent : "";
    }
  }

  clear() {
    this.log.replaceChildren();
    this.entries = [];
    this.pin(null);
  }
}

/** The next message of the patient after this one: an answer belongs before it. */
function nextOf(node) {
  let next = node.nextElementSibling;
  while (next && !next.classList.contains("you")) next = next.nextElementSibling;
  return next;
}
