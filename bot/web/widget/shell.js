// What stands around the conversation: launcher, top with the numbers, notice, emergency card, composer, dialogs.

/** All of it, under names: shell.log, shell.box ... `acts` are what the buttons do. */
function buildShell(full, acts) {
  const shell = { acts };
  const keep = (name, node) => { shell[name] = node; return node; };
  const launcher = keep("launcher", make("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false", click: acts.open }, icon("ivy"), make("span", {}, texts.launcher)));
  const talk = make(full ? "main" : "div", { class: "talk" },
    ...(facts.demo ? [make("p", { class: "demo" }, rich(texts.demo))] : []),
    noticeOf(keep, acts),
    keep("log", make("div", { id: "log", role: "log", "aria-live": "off", "aria-label": texts.log })),
    keep("waiting", make("p", { id: "waiting", hidden: true }, texts.waiting, make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i")))),
    outageOf(keep, acts));
  keep("panel", make(full ? "div" : "dialog", { class: "panel", "aria-labelledby": "title", lang: texts.language, dir: texts.direction },
    ...(full ? [button(texts.skip, () => shell.box.focus(), "skip")] : []),
    topOf(keep, full, acts), talk, composerOf(keep, acts),
    keep("polite", make("div", { id: "polite", class: "unseen", "aria-live": "polite" })),
    keep("assertive", make("div", { id: "assertive", class: "unseen", "aria-live": "assertive" })),
    sureOf(keep, acts)));
  keep("sheet", make("div", { class: "sheet", lang: texts.language, dir: texts.direction }));
  shell.fit = () => shell.panel.style.setProperty("--top", `${shell.top.offsetHeight}px`);
  shell.nodes = [...(full ? [] : [launcher]), shell.panel, shell.sheet];
  return shell;
}

function topOf(keep, full, acts) {
  const menu = keep("menu", make("div", { id: "menu", class: "menu", hidden: true },
    button(texts.about, acts.about), button(texts.print, acts.print), button(texts.save, acts.save), button(texts.delete, acts.askDelete)));
  const header = make("header", {}, make("span", { class: "logo" }, icon("ivy")),
    make("div", { class: "names" }, keep("title", make(full ? "h1" : "h2", { id: "title", tabindex: "-1" }, texts.title, " ", make("span", {}, texts.subtitle))), make("p", {}, facts.clinic)),
    keep("menuButton", make("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": "menu", click: acts.toggleMenu }, texts.menu)),
    ...(full ? [] : [make("button", { type: "button", class: "quiet close", "aria-label": texts.close, click: acts.close }, "\u00d7")]));
  const strip = make("div", { class: "strip", role: "group", "aria-label": texts.numbers }, make("p", { class: "emergency-line" }, rich(texts.emergency_line)), keep("clinicLine", make("p", { class: "clinic-line" }, rich(texts.clinic_line))));
  return keep("top", make("div", { class: "top" }, header, strip, keep("pinned", make("button", { type: "button", class: "pinned", hidden: true, "aria-description": texts.pinned, click: acts.toAlarm })), menu));
}

function noticeOf(keep, acts) {
  return keep("notice", make("section", { class: "notice", "aria-labelledby": "notice-title" },
    keep("noticeTitle", make("h2", { id: "notice-title", tabindex: "-1" }, texts.notice_title)),
    make("ul", {}, ...texts.notice.map((line) => make("li", {}, rich(line)))),
    keep("agree", button(texts.agree, acts.agree, "primary"))));
}

function outageOf(keep, acts) {
  return keep("outage", make("section", { id: "outage", class: "card emergency", "aria-labelledby": "outage-title", hidden: true },
    make("h2", { class: "title" }, icon("emergency", texts.warning_icon), keep("outageTitle", make("span", { id: "outage-title" }, texts.outage_title, keep("kept", make("span", {}, ` ${texts.kept}`))))),
    keep("outageWords", make("div", { id: "outage-words" },
      make("ul", { class: "numbers" }, ...texts.outage_numbers.map((line) => make("li", {}, rich(line)))),
      ...texts.outage.map((line) => make("p", {}, rich(line))))),
    keep("again", button(texts.send_again, acts.again, "primary"))));
}

function composerOf(keep, acts) {
  return keep("composer", make("form", { id: "composer", "aria-label": texts.composer, autocomplete: "off", hidden: true, submit: acts.submit },
    make("label", { class: "unseen", for: "words" }, texts.box),
    keep("box", make("textarea", { id: "words", rows: "2", placeholder: texts.placeholder, "aria-describedby": "counter", enterkeyhint: "send", autocomplete: "off", input: acts.count, keydown: acts.typed })),
    make("button", { class: "primary" }, texts.send),
    keep("counter", make("p", { id: "counter", hidden: true }))));
}

function sureOf(keep, acts) {
  return keep("sure", make("dialog", { id: "sure", "aria-labelledby": "sure-title" },
    make("h2", { id: "sure-title" }, texts.delete_title), make("p", {}, texts.delete_text),
    keep("sureProblem", make("p", { id: "sure-problem", role: "alert" })),
    make("div", { class: "row" }, button(texts.delete_no, acts.keepAll), button(texts.delete_yes, acts.forget, "primary"))));
}
