// <ivy-chat>: opens and closes, sends and shows. With the attribute `full` it is a whole page, else a launcher with a dialog.

const SMALL = matchMedia("(max-width: 30rem), (max-height: 30rem)");

class IvyChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    dress(root, IVY.style);
    this.full = this.hasAttribute("full");
    this.server = new Server(this.getAttribute("server") || SERVER, (answer) => this.hear(answer));
    this.outbox = new Outbox(() => this.showState());
    this.shell = buildShell(this.full, this.acts());
    this.talk = new Talk(this.shell);
    root.append(...this.shell.nodes);
    this.listen();
    this.setWords(recall("unsent") ?? "");
    this.showConsent();
    if (this.full) this.begin();
  }

  acts() {
    return {
      open: () => this.open(), close: () => this.close(), agree: () => this.agree(), again: (event) => { this.outbox.again(); this.keepFocus(event); },
      toggleMenu: () => this.showMenu(this.shell.menu.hidden), toAlarm: () => this.talk.alarm?.scrollIntoView({ block: "start" }),
      about: () => this.about(), print: () => this.print(), save: () => { this.showMenu(false); saveText(this.talk.entries); },
      askDelete: () => this.askDelete(), keepAll: () => this.shell.sure.close(), forget: () => this.forget(),
      submit: (event) => this.submit(event), count: () => this.count(), typed: (event) => this.typed(event),
      choose: (choice, event) => { this.send(choice.title, { button: choice.id }); this.keepFocus(event); },
      helpful: (reply, yes) => this.server.helpful(reply, yes),
      printList: (words) => printAlone(this, this.shell.sheet, ...listSheet(words)),
    };
  }

  listen() {
    const { panel, top } = this.shell;
    panel.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing && !this.shell.sure.open) this.escape(); });
    panel.addEventListener("cancel", (event) => { if (event.target === panel) event.preventDefault(); }); // Escape is heard above
    // What is scrolled to must stop below the pinned top, however high a long clinic name or an alarm makes it.
    new ResizeObserver(this.shell.fit).observe(top);
    // A phone's keyboard covers what is fixed to the bottom of the page, unless the panel ends above it.
    visualViewport?.addEventListener("resize", () => { if (visualViewport.scale === 1) panel.style.setProperty("--seen", `${visualViewport.height}px`); });
    SMALL.addEventListener("change", () => { if (panel.open) this.show(); });
    if (this.full) addEventListener("beforeprint", () => { if (!this.classList.contains("printing")) this.shell.sheet.replaceChildren(...conversationSheet(this.shell.log)); });
  }

  // ---- opening and closing ----

  open() {
    this.shell.launcher.setAttribute("aria-expanded", "true");
    delete this.shell.launcher.dataset.news;
    this.show();
    this.begin();
    this.land();
  }

  /** Over the whole of a small screen the dialog is modal; beside a wide page it is not. */
  show() {
    const { panel } = this.shell;
    const focused = this.shadowRoot.activeElement;
    if (panel.open) panel.close();
    if (SMALL.matches) panel.showModal();
    else panel.show();
    focused?.focus({ preventScroll: true });
  }

  /** Focus goes where reading or writing starts. A finger gets no keyboard it did not ask for. */
  land() {
    const { notice, noticeTitle, box, title } = this.shell;
    (!notice.hidden ? noticeTitle : matchMedia("(pointer: coarse)").matches ? title : box).focus({ preventScroll: true });
  }

  close() {
    this.showMenu(false);
    this.shell.panel.close();
    this.shell.launcher.setAttribute("aria-expanded", "false");
    this.shell.launcher.focus();
  }

  escape() {
    if (!this.shell.menu.hidden) {
      this.showMenu(false);
      this.shell.menuButton.focus();
    } else if (!this.full && this.shell.panel.open) this.close();
  }

  showMenu(shown) {
    this.shell.menu.hidden = !shown;
    this.shell.menuButton.setAttribute("aria-expanded", String(shown));
  }

  // ---- before the first message ----

  agree() {
    remember("agreed", "yes");
    this.showConsent();
    this.begin();
    this.land();
  }

  showConsent() {
    const agreed = Boolean(recall("agreed"));
    this.shell.notice.hidden = agreed;
    this.shell.agree.hidden = agreed;
    this.shell.composer.hidden = !agreed;
  }

  about() {
    this.showMenu(false);
    this.shell.notice.hidden = false;
    this.shell.notice.scrollIntoView({ block: "start" });
    this.shell.noticeTitle.focus({ preventScroll: true });
  }

  /** Nothing is asked of the server before the patient has agreed. */
  begin() {
    if (this.begun || !recall("agreed")) return;
    this.begun = true;
    if (recall("session")) this.outbox.attempt({ request: () => this.server.history(), settle: (answer) => this.showHistory(answer) });
    else this.greet();
  }

  greet() {
    this.outbox.attempt({ request: () => this.server.open(), settle: ({ replies }) => this.showReplies(replies, this.shell.log.querySelector(".you")) });
  }

  showHistory({ history }) {
    this.talk.addHistory(history);
    if (!history?.length) this.greet();
  }

  // ---- sending ----

  send(text, message) {
    this.talk.dropChoices();
    const sent = { id: newId(), ...message }; // one id for every attempt, so a retry is not a second message
    const node = this.talk.addPatient(text);
    const settle = ({ status, replies }) => {
      if (replies.some((reply) => reply.content === "voice/forget_done")) return this.startAfresh(replies); // "forget me" was typed
      const nodes = this.showReplies(replies, nextOf(node));
      (nodes.find((one) => one.querySelector(".card")) ?? nodes[0]).scrollIntoView({ block: "start" });
      // Refused (too long, too fast): give the words back, to be changed or sent again.
      if (status !== 200 && message.text && !this.shell.box.value) this.setWords(text);
    };
    this.outbox.attempt({ text, node, request: () => this.server.deliver(sent), settle });
    this.shell.waiting.scrollIntoView({ block: "end" });
  }

  submit(event) {
    event.preventDefault();
    const text = this.shell.box.value.trim();
    if (!text) return;
    this.setWords("");
    this.send(text, { text });
  }

  typed(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
  }

  setWords(text) {
    this.shell.box.value = text;
    this.count();
  }

  /** Nothing is cut and nothing held back: the server listens for warning signs in long messages too. */
  count() {
    const { box, counter, polite } = this.shell;
    const over = box.value.length - facts.limit;
    const tooMany = fill("too_many", { n: over, limit: facts.limit });
    if (over > 0 && !counter.classList.contains("over")) announce(polite, tooMany);
    counter.hidden = box.value.length < COUNT_FROM;
    counter.textContent = over > 0 ? tooMany : fill("count", { n: box.value.length, limit: facts.limit });
    counter.classList.toggle("over", over > 0);
  }

  /** The pressed button is gone. A keyboard (detail 0) needs a place to be; a finger wants no keyboard. */
  keepFocus(event) {
    if (event.detail === 0) this.shell.box.focus();
  }

  // ---- showing ----

  /** An answer came. Where the chat was closed meanwhile, the launcher says so; a safety message opens it again. */
  showReplies(replies, before = null) {
    const nodes = this.talk.addReplies(replies, before);
    if (!this.full && !this.shell.panel.open) {
      this.shell.launcher.dataset.news = texts.news;
      if (replies.some(lookOf)) this.open();
    }
    return nodes;
  }

  hear(answer) {
    if (answer.clinic_line) this.shell.clinicLine.replaceChildren(rich(answer.clinic_line));
  }

  /** Make the waiting line, the emergency card and the marks on messages agree with the open requests. */
  showState() {
    const { outage, waiting, kept, again } = this.shell;
    const { failed } = this.outbox;
    const isNew = outage.hidden && failed.length > 0;
    waiting.hidden = !this.outbox.waiting;
    kept.hidden = !failed.some((job) => job.text);
    again.textContent = kept.hidden ? texts.try_again : texts.send_again;
    outage.hidden = !failed.length;
    this.talk.mark(failed);
    remember("unsent", this.outbox.unsent);
    if (!isNew) return;
    announce(this.shell.assertive, `${this.shell.outageTitle.textContent} ${[...this.shell.outageWords.querySelectorAll("li, p")].map((line) => line.textContent).join(" ")}`);
    outage.scrollIntoView({ block: "start" });
  }

  // ---- the menu ----

  print() {
    this.showMenu(false);
    printAlone(this, this.shell.sheet, ...conversationSheet(this.shell.log));
  }

  askDelete() {
    this.showMenu(false);
    this.shell.sureProblem.textContent = "";
    this.shell.menuButton.focus(); // where the dialog returns to
    this.shell.sure.showModal();
  }

  async forget() {
    this.shell.sureProblem.textContent = "";
    try {
      this.startAfresh(await this.server.forget());
    } catch {
      this.shell.sureProblem.textContent = texts.delete_failed;
    }
  }

  startAfresh(replies) {
    this.outbox.drop();
    remember("session", "");
    this.talk.clear();
    this.setWords("");
    this.shell.sure.close();
    this.shell.box.focus();
    this.showReplies(replies)[0]?.scrollIntoView({ block: "start" });
    if (recall("agreed")) this.greet();
  }
}

const script = document.currentScript;
const SERVER = script.dataset.server?.replace(/\/$/, "") || new URL(script.src).origin;
if (!customElements.get("ivy-chat")) customElements.define("ivy-chat", IvyChat);
const place = () => { if (!document.querySelector("ivy-chat")) document.body.append(document.createElement("ivy-chat")); };
if (document.body) place();
else addEventListener("DOMContentLoaded", place);
