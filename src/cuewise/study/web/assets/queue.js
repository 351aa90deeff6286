// Clicks on their way to the server. Each waits in this browser until the server says that it has it on disk, and is
// sent again, in order and with the same id, however often that takes; a page that is loaded later goes on with it.
//
//   const queue = window.cuewiseQueue;
//   queue.push({item, question, value, spent_s, undoes});   queue.waiting() -> clicks, oldest first
//
// Sends the events `kept` (detail: what the server said of the item), `elsewhere` (detail: a click that another window
// sent, and the server has), `refused` (detail: click, reason) and `change` (detail: state, `idle`, `saving`, `saved`,
// `retrying` or `refused`, and words for it).
(() => {
  "use strict";

  const FIRST_WAIT = 300; // ms, doubled at every failure
  const LONGEST_WAIT = 5000;
  const PATIENCE = 10000; // ms for an answer

  // crypto.randomUUID is there in secure contexts only, and http on a local network is none.
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // What stands in place of a click that was refused, so that no other window takes its removal for its arrival.
  const REFUSED = "refused";
  const parsed = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };

  class Queue extends EventTarget {
    constructor(name, url) {
      super();
      Object.assign(this, { prefix: `cuewise/${name}/`, url, memory: new Map(), busy: false, wait: FIRST_WAIT, timer: 0, last: 0 });
      for (const [target, type] of [[window, "online"], [document, "visibilitychange"]]) {
        target.addEventListener(type, () => this.now());
      }
      // Another window of this rater has something to send, or has sent it.
      window.addEventListener("storage", (event) => {
        if (!event.key || !event.key.startsWith(this.prefix)) return;
        const gone = event.newValue === null ? parsed(event.oldValue) : null;
        if (gone) this.announce("elsewhere", gone);
        this.tell(this.state, this.words);
      });
      this.state = "idle";
      this.words = "";
    }

    // One entry for each click, so that two windows never write over each other's.
    entries() {
      const found = new Map(this.memory);
      try {
        for (let at = 0; at < localStorage.length; at += 1) {
          const key = localStorage.key(at);
          if (key.startsWith(this.prefix)) found.set(key, localStorage.getItem(key));
        }
      } catch {
        // This browser keeps nothing: what is in memory is all there is.
      }
      const read = [];
      for (const key of [...found.keys()].sort()) {
        const click = parsed(found.get(key));
        if (click) read.push({ key, click });
        else this.drop(key);
      }
      return read;
    }

    waiting() {
      return this.entries().map((entry) => entry.click);
    }

    push(click) {
      const whole = { id: newId(), ...click };
      // After whatever waits, also where the clock was put back.
      const newest = this.entries().pop();
      const place = newest ? Number(newest.key.slice(this.prefix.length).split("/")[0]) : 0;
      this.last = Math.max(Date.now(), this.last + 1, place + 1);
      const key = `${this.prefix}${String(this.last).padStart(16, "0")}/${whole.id}`;
      const text = JSON.stringify(whole);
      try {
        localStorage.setItem(key, text);
      } catch {
        this.memory.set(key, text);
      }
      this.tell("saving", "Saving …");
      this.now();
    }

    drop(key, { refused = false } = {}) {
      this.memory.delete(key);
      try {
        if (refused) localStorage.setItem(key, REFUSED);
        localStorage.removeItem(key);
      } catch {
        // It was in memory alone.
      }
    }

    now() {
      clearTimeout(this.timer);
      this.send();
    }

    async send() {
      if (this.busy) return;
      this.busy = true;
      let refused = "";
      for (let next = this.entries()[0]; next; next = this.entries()[0]) {
        const answer = await this.post(next.click);
        if (answer.again) {
          this.busy = false;
          // Where a browser keeps nothing, what waits is lost with the page.
          const kept = this.memory.size ? "Your clicks are kept while this page is open" : "Your clicks are kept on this device";
          this.tell("retrying", `Not saved: ${answer.again}. ${kept} and will be sent; trying again …`);
          this.timer = setTimeout(() => this.send(), this.wait);
          this.wait = Math.min(LONGEST_WAIT, 2 * this.wait);
          return;
        }
        this.wait = FIRST_WAIT;
        this.drop(next.key, { refused: !answer.kept });
        if (answer.kept) this.announce("kept", answer.kept);
        else {
          refused = answer.refused;
          this.announce("refused", { click: next.click, reason: refused });
        }
      }
      this.busy = false;
      if (refused) this.tell("refused", `Not saved: ${refused}.`);
      else if (this.state !== "idle" && this.state !== "refused") this.tell("saved", "Saved");
    }

    async post(click) {
      const giveUp = new AbortController();
      const timer = setTimeout(() => giveUp.abort(), PATIENCE);
      try {
        const answer = await fetch(this.url, {
          method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(click), signal: giveUp.signal, keepalive: true,
        });
        if (answer.ok) return { kept: await answer.json() };
        if (answer.status === 404) return { again: "your link is not known any more; ask for your new one" };
        if (answer.status === 413) return { refused: "it is too long" };
        if (![403, 409, 422].includes(answer.status)) return { again: "the server is in trouble" };
        const said = await answer.json().catch(() => null);
        return said && said.error ? { refused: said.error } : { again: "the server does not take it" };
      } catch {
        return { again: "the server does not answer" };
      } finally {
        clearTimeout(timer);
      }
    }

    tell(state, words) {
      Object.assign(this, { state, words });
      this.announce("change", { state, words });
    }

    announce(type, detail) {
      this.dispatchEvent(new CustomEvent(type, { detail }));
    }
  }

  document.documentElement.classList.add("scripted");
  const root = document.querySelector("[data-queue]");
  const queue = new Queue(root.dataset.queue, root.dataset.clicksTo);
  window.cuewiseQueue = queue;

  // A page that shows what is done is out of date once something that waited has been sent.
  const waiting = document.querySelector(".waiting");
  if (waiting) {
    queue.addEventListener("change", () => {
      waiting.textContent = queue.words;
    });
    queue.addEventListener("kept", () => {
      if (!queue.waiting().length) location.reload();
    });
  }
  // What a browser kept of a page shows what was said then.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  if (queue.waiting().length) queue.tell("saving", "Saving …");
  // Once the page's own script listens.
  window.addEventListener("DOMContentLoaded", () => queue.now());
})();
