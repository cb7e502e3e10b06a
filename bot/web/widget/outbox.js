// Requests that must not be lost: each ends in an answer, or stays open under the emergency card and can be sent again.

class Outbox {
  /** `changed` is told after each change. A job is { text, node, request, settle, failed, done }. */
  constructor(changed) {
    this.changed = changed;
    this.jobs = new Set();
  }

  get failed() { return [...this.jobs].filter((job) => job.failed); }
  get waiting() { return this.jobs.size > this.failed.length; }
  /** The words that have no answer yet: a reload must not lose them. */
  get unsent() { return [...this.jobs].map((job) => job.text).filter(Boolean).join("\n"); }

  async attempt(job) {
    job.failed = false;
    this.jobs.add(job);
    this.changed();
    // The request goes on after the card is shown: a late answer is still an answer.
    const timer = setTimeout(() => this.fail(job), PATIENCE_MS);
    try {
      this.settle(job, await job.request());
    } catch {
      this.fail(job);
    } finally {
      clearTimeout(timer);
    }
  }

  again() { this.failed.forEach((job) => this.attempt(job)); }

  drop() {
    this.jobs.forEach((job) => { job.done = true; });
    this.jobs.clear();
    this.changed();
  }

  fail(job) {
    if (job.done) return;
    job.failed = true;
    this.changed();
  }

  settle(job, answer) {
    if (job.done) return;
    job.settle(answer); // an answer that cannot be shown is none: the card stays
    job.done = true;
    this.jobs.delete(job);
    this.changed();
  }
}
