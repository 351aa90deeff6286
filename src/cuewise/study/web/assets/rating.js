// An item's page: every click is kept at once; what is shown is what the server has, and what still waits to be sent.
(() => {
  "use strict";

  const queue = window.cuewiseQueue;
  const root = document.querySelector("[data-item]");
  const { item, next } = root.dataset;
  const asked = JSON.parse(root.dataset.asked);
  const labels = JSON.parse(root.dataset.labels);
  const { bring } = window.cuewiseSight;
  const player = window.cuewisePlayer(document.querySelector("[data-player]"));
  const rows = [...root.querySelectorAll("[data-row]")];
  const texts = [...root.querySelectorAll("textarea")];
  const boxes = [...root.querySelectorAll("input[name=label]")];
  const status = root.querySelector(".saving");
  const open = root.querySelector(".open");
  const progress = root.querySelector(".way progress");
  const progressWords = root.querySelector("[data-others]");
  const undoButton = root.querySelector("[value='undo=']");
  const doneButton = root.querySelector("[value='done=true']");
  const IDLE = 1500; // ms without a key, after which a text is kept
  const STOPPED = 5000; // ms on the way to the next page, after which the rater sees that this one stays

  let known = JSON.parse(root.dataset.clicks); // clicks that the server has and that count
  let leaving = false; // once all is saved
  let gone = false; // on the way to the next page
  let row = -1;

  // --- what is said by now ---

  const after = (clicks, click) => {
    if (click.item !== item || clicks.some((one) => one.id === click.id)) return clicks;
    const now = click.undoes ? clicks.filter((one) => one.id !== click.undoes) : [...clicks, click];
    // The server takes back that an item is done which loses an answer.
    return missing(saidBy(now)).length ? now.filter((one) => one.question !== "done") : now;
  };
  const counting = () => queue.waiting().reduce(after, known);
  const saidBy = (clicks) => new Map(clicks.map((click) => [click.question, click.value]));
  const values = () => saidBy(counting());
  const missing = (said) => asked.filter((question) => said.get(question) == null);

  // Seconds that the item was open in front of the rater.
  let spent = Number(root.dataset.spent);
  let since = document.hidden ? null : performance.now();
  const spentNow = () => spent + (since === null ? 0 : (performance.now() - since) / 1000);
  document.addEventListener("visibilitychange", () => {
    spent = spentNow();
    since = document.hidden ? null : performance.now();
  });

  const say = (question, value, undoes = "") => {
    // Whoever says something more while the page waits to be saved is not done with it.
    if (question !== "done" || undoes) leaving = false;
    queue.push({ item, question, value, undoes, spent_s: Math.round(spentNow() * 10) / 10 });
  };

  // --- what is shown ---

  const chosen = (value, said) => {
    const [question, word] = [value.slice(0, value.indexOf("=")), value.slice(value.indexOf("=") + 1)];
    const now = said.get(question);
    if (question !== "label") return now === word;
    if (!Array.isArray(now)) return now === word;
    return word === "none" ? now.length === 0 : word === "all" && now.length === labels.length;
  };

  const render = () => {
    const said = values();
    for (const button of root.querySelectorAll(".choices button")) button.setAttribute("aria-pressed", String(chosen(button.value, said)));
    const now = said.get("label");
    for (const box of boxes) box.checked = Array.isArray(now) && now.includes(labels[Number(box.value)]);
    for (const text of texts) {
      if (!text.dataset.typing) text.value = said.get(text.name) || "";
    }
    const left = missing(said).length;
    doneButton.disabled = left > 0;
    const isDone = said.get("done") === true;
    open.textContent = left ? `${left} to answer` : isDone ? "" : "not done yet";
    progress.value = Number(progressWords.dataset.others) + (isDone ? 1 : 0);
    progressWords.textContent = `${progress.value} done${isDone ? ", this one too" : ""}`;
    undoButton.disabled = counting().length === 0;
    for (const one of rows) one.classList.toggle("answered", said.get(one.dataset.question) != null);
  };

  const show = ({ state, words }) => {
    status.dataset.state = state;
    if (status.textContent !== words) status.textContent = words;
  };
  queue.addEventListener("change", (event) => {
    show(event.detail);
    render();
    if (leaving && event.detail.state === "refused") leaving = false;
    if (leaving && event.detail.state === "saved" && !queue.waiting().length) leave();
  });
  queue.addEventListener("kept", (event) => {
    if (event.detail.item === item) known = event.detail.clicks;
  });
  queue.addEventListener("elsewhere", (event) => {
    known = after(known, event.detail);
  });

  // --- texts are kept when they are left, or after a rest ---

  const keep = (text) => {
    clearTimeout(Number(text.dataset.timer));
    if (!text.dataset.typing) return;
    delete text.dataset.typing;
    const now = text.value.trim() ? text.value : null;
    if (now !== (values().get(text.name) ?? null)) say(text.name, now);
  };
  for (const text of texts) {
    text.addEventListener("input", () => {
      text.dataset.typing = "yes";
      clearTimeout(Number(text.dataset.timer));
      text.dataset.timer = String(setTimeout(() => keep(text), IDLE));
    });
    text.addEventListener("change", () => keep(text));
  }
  window.addEventListener("pagehide", () => texts.forEach(keep));

  // --- hands ---

  const leave = () => {
    gone = true;
    setTimeout(stay, STOPPED);
    location.assign(next);
  };
  // The way to the next page may be stopped, and come to nothing; and this one may be shown again as it was left.
  const stay = () => {
    gone = false;
    leaving = false;
  };
  document.addEventListener("pointerdown", () => {
    if (gone) stay();
  }, true);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) stay();
  });

  const undo = ({ byKey = false } = {}) => {
    texts.forEach(keep);
    const last = counting().pop();
    if (!last) {
      if (!queue.waiting().length) show({ state: "idle", words: "Nothing on this item is left to take back." });
      return;
    }
    say(last.question, null, last.id);
    const its = rowOf(last.question);
    if (its < 0) return;
    // Whoever presses a button presses it again; whoever has the keys goes on where the mark is.
    if (byKey) goTo(its);
    else {
      mark(its);
      bring(rows[its]);
    }
  };

  const done = () => {
    texts.forEach(keep);
    const said = values();
    const [first] = missing(said);
    if (first !== undefined) {
      goTo(rowOf(first));
      return;
    }
    leaving = true;
    if (!said.get("done")) say("done", true);
    else if (queue.waiting().length) queue.now();
    else leave();
  };

  const pressed = (value) => {
    const [question, word] = [value.slice(0, value.indexOf("=")), value.slice(value.indexOf("=") + 1)];
    if (question === "undo") undo();
    else if (question === "done") done();
    else if (chosen(value, values())) return;
    else if (question !== "label") say(question, word);
    else say("label", word === "all" ? labels : word === "none" ? [] : word);
  };

  root.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!event.submitter || event.submitter.classList.contains("unscripted")) return;
    pressed(event.submitter.value);
    const its = rows.findIndex((one) => one.contains(event.submitter));
    if (its >= 0) mark(openAfter(its));
  });
  for (const box of boxes) {
    box.addEventListener("change", () => {
      const on = boxes.filter((one) => one.checked).map((one) => labels[Number(one.value)]);
      // Without any box nothing is said yet: that none fits has a button of its own.
      say("label", on.length ? on : null);
    });
  }

  // --- keys ---

  // The current row is the one that keys rate. Beyond the last there is none: all is answered, and keys change nothing.
  const rowOf = (question) => rows.findIndex((one) => one.dataset.question === question);
  const openAfter = (at) => {
    const left = new Set(missing(values()));
    const from = rows.findIndex((one, place) => place > at && left.has(one.dataset.question));
    if (from >= 0) return from;
    const first = rows.findIndex((one) => left.has(one.dataset.question));
    return first >= 0 ? first : rows.length;
  };
  const mark = (at) => {
    row = at;
    for (const [place, one] of rows.entries()) {
      one.classList.toggle("current", place === row);
      if (place === row) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
  };
  const goTo = (at) => {
    mark(Math.min(rows.length - 1, Math.max(0, at)));
    rows[row].focus({ preventScroll: true });
    bring(rows[row]);
  };
  const goOn = () => {
    const at = openAfter(row);
    if (at < rows.length) goTo(at);
    else {
      doneButton.focus({ preventScroll: true });
      mark(at);
    }
  };
  root.addEventListener("focusin", (event) => {
    const inside = rows.findIndex((one) => one.contains(event.target));
    if (inside >= 0) mark(inside);
  });

  const RATE = { r: "1", w: "2", c: "3" };
  // Whether the key says something of the current row.
  const rate = (key) => {
    if (!rows[row]) return false;
    const button = [...rows[row].querySelectorAll("[data-key]")].find((one) => [key, RATE[key]].includes(one.dataset.key));
    // Labels with boxes of their own go by their place; the buttons beside them have letters.
    const box = /^[1-9]$/.test(key) && rows[row].contains(boxes[0] ?? null) ? boxes[Number(key) - 1] : null;
    if (!button && !box) return false;
    // Nothing is said of a step that is not seen.
    if (bring(rows[row])) return true;
    if (button) pressed(button.value);
    else box.click();
    if (box?.type !== "checkbox") goOn();
    return true;
  };
  const keyDown = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target } = event;
    if (target.closest("textarea, select, video, audio")) return;
    // What is pressed after Next is meant for an item that nobody has seen yet; nothing is said of this one by it. Where
    // the server is away the rater sees that it is this one still. Whatever else a key does in a browser it does.
    if (gone || (leaving && status.dataset.state === "saving" && key !== "z")) {
      const chooses = key.startsWith("Arrow") && target.matches("input[type=radio]");
      if (key === "Enter" || key === " " || chooses) event.preventDefault();
      return;
    }
    const onControl = target.closest("button, a, summary, input");
    // A key that is held down says nothing twice: a rating marks the next step, which the second one would rate unread.
    if (event.repeat && !key.startsWith("Arrow")) {
      if (key === "Enter" || (key === " " && !onControl)) event.preventDefault();
      return;
    }
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (target.matches("input[type=radio]") || !rows.length) return;
      goTo(row + (key === "ArrowDown" ? 1 : -1));
    } else if (key === "z") undo({ byKey: true });
    else if (key === "Enter") {
      // A choice that is made already is left, and the item with it; any other control does what it does.
      if (onControl && !onControl.matches("input, .choices [aria-pressed=true]")) return;
      done();
    } else if (key === " " && !onControl) player.toggle();
    else if (!rate(key)) return;
    event.preventDefault();
  };
  document.addEventListener("keydown", keyDown);

  // Long texts scroll in boxes of their own, which can then be reached by keys.
  const reachable = () => {
    for (const box of root.querySelectorAll(".said, .chips")) {
      if (box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  window.addEventListener("resize", reachable);
  for (const details of root.querySelectorAll("details")) details.addEventListener("toggle", reachable);
  reachable();
  render();
  mark(openAfter(-1));
  if (window.cuewiseKeys.came && rows[row]) bring(rows[row]);
  window.cuewiseKeys.take().forEach(keyDown);
})();
