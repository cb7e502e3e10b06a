// Talking to the server. What cannot be shown to a patient is an error here, and ends in the emergency card.

class Server {
  /** `heard` is told of each answer: it may bring the number to call at this hour. */
  constructor(base, heard) {
    this.base = base;
    this.heard = heard;
    this.opening = null;
  }

  /** The answer with its status. Throws when there is nothing that can be shown. */
  async post(path, body) {
    // the part of the session that stays the same, for a front that sends a conversation to one of several servers
    const conversation = body.session ? { "Ivy-Conversation": body.session.split(".")[0] } : {};
    const response = await fetch(`${this.base}/api/${path}`, {
      method: "POST", headers: { "Content-Type": "application/json", ...conversation }, body: JSON.stringify(body),
      cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer",
    });
    if (response.status >= 500) throw new Error(`status ${response.status}`);
    const answer = await response.json();
    const shown = [...(answer.replies ?? []), ...(answer.history ?? []).filter((line) => line.ivy).map((line) => line.ivy)];
    if (!Array.isArray(answer.replies) || !shown.every((reply) => typeof reply.text === "string" && reply.text)) throw new Error("not an answer");
    this.heard(answer);
    return { ...answer, status: response.status };
  }

  /** A new session, asked for once however many wait for it. */
  open() {
    this.opening ??= this.post("session", {}).then((opened) => {
      if (!opened.session && !opened.replies.length) throw new Error("no session");
      if (!recall("session")) remember("session", opened.session);
      return opened;
    }).finally(() => { this.opening = null; });
    setTimeout(() => { this.opening = null; }, PATIENCE_MS); // a hung request must not hold back "Try again"
    return this.opening;
  }

  /** Send a message. A session that has ended is replaced by a new one, once. */
  async deliver(message, mayRenew = true) {
    const opened = recall("session") ? null : await this.open();
    const session = recall("session");
    if (!session) return opened; // refused, with replies that say why
    const answer = await this.post("message", { session, ...message });
    if (answer.status === 401 && mayRenew) {
      if (recall("session") === session) remember("session", "");
      return this.deliver(message, false);
    }
    if (!answer.replies.length) throw new Error("empty answer");
    this.renew(session, answer);
    return answer;
  }

  /** What was said before; null when that conversation has ended. */
  async history() {
    const session = recall("session");
    const answer = await this.post("history", { session });
    if (answer.status !== 200) {
      remember("session", "");
      return { ...answer, history: null };
    }
    if (!Array.isArray(answer.history)) throw new Error("no history");
    this.renew(session, answer);
    return answer;
  }

  /** Delete the conversation. Throws when the server did not say that it is gone. */
  async forget() {
    const session = recall("session");
    if (!session) return [];
    const late = new Promise((_, reject) => { setTimeout(reject, PATIENCE_MS); });
    const answer = await Promise.race([this.post("forget", { session }), late]);
    if (answer.status !== 200 && answer.status !== 401) throw new Error("not deleted"); // 401: gone already
    return answer.status === 200 ? answer.replies : [];
  }

  /** Whether the count was saved. */
  async helpful({ content, version }, helpful) {
    try {
      return (await this.post("helpful", { session: recall("session"), content, version, helpful })).counted === true;
    } catch {
      return false;
    }
  }

  renew(session, answer) {
    if (answer.session && recall("session") === session) remember("session", answer.session);
  }
}
