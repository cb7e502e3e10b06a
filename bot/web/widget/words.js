// Reviewed words as elements: safe HTML from the server, and hard words that open their meaning.

/** A host page may demand Trusted Types; `trusted-types ivy` in its policy lets these words in. */
const trusted = (() => {
  try { return window.trustedTypes?.createPolicy("ivy", { createHTML: (html) => html }) ?? { createHTML: (html) => html }; } catch { return null; }
})();

/** HTML that the server made safe, as nodes. Where the host page forbids that: the same words without their form. */
function rich(html, text = html.replace(/<[^>]*>/g, "")) {
  if (html && trusted) {
    const template = document.createElement("template");
    try {
      template.innerHTML = trusted.createHTML(html);
      return template.content;
    } catch { /* the text will do */ }
  }
  return make("span", { class: "plain" }, text);
}

/** Make the first mention of each hard word a button that opens its meaning below the paragraph. */
function explain(root, words) {
  for (const { word, means } of words) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const mention = new RegExp(`(^|[^\\p{L}\\d-])${word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}(?![\\p{L}\\d-])`, "u");
    while (walker.nextNode()) {
      const at = mention.exec(walker.currentNode.data);
      if (!at || walker.currentNode.parentElement.closest("a, button, .meaning")) continue;
      const found = walker.currentNode.splitText(at.index + at[1].length);
      found.splitText(word.length);
      const [open, meaning] = opener(word, means);
      const paragraph = found.parentElement.closest("li, p") ?? found.parentElement;
      found.replaceWith(open);
      if (paragraph.matches("li")) paragraph.append(meaning);
      else paragraph.after(meaning);
      break;
    }
  }
}

function opener(word, means) {
  const meaning = make("div", { class: "meaning", role: "note", hidden: true }, make("strong", {}, word), `: ${means}`);
  const open = button(word, () => {
    meaning.hidden = !meaning.hidden;
    open.setAttribute("aria-expanded", String(!meaning.hidden));
  }, "word");
  open.setAttribute("aria-expanded", "false");
  open.ariaControlsElements = [meaning];
  return [open, meaning];
}
