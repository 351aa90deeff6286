
"use strict";
// Shows the sample table and the sample pages. Whatever came from a model or a dataset is set as text, never as markup.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const byId = (id) => document.getElementById(id);
  const index = read("data-index");
  const { strings, samples, rows, runs, outcomes } = index;
  const DASH = "–";
  const PAGE = 50;
  // Columns of a row, as the report's writer packs them.
  const [KIND, PREDICTED, RECOGNITION, REASONING, COT, STEPS, TOKENS, MESSAGE] = [0, 1, 2, 3, 4, 5, 6, 7];

  const word = (at) => strings[at];
  const words = (list) => list.map(word).join(", ");
  // A sample's id begins with its task, which stands beside it wherever the name is shown.
  const shortName = (place) => {
    const [id, task] = samples[place];
    return id.startsWith(`${word(task)}/`) ? id.slice(word(task).length + 1) : id;
  };
  const sample = (place) => {
    const [, task, gold, candidates, question] = samples[place];
    return { heading: shortName(place), task: word(task), gold: gold.map(word), candidates: candidates.map(word), question: word(question) };
  };
  const fixed = (value) => (value === null || value === undefined ? DASH : value.toFixed(1));
  const whole = (value) => (value === null || value === undefined ? DASH : value.toLocaleString("en"));
  const seconds = (value) => `${value.toFixed(1)} s`;
  const predictedWords = (row) =>
    row[PREDICTED] === null ? DASH : row[PREDICTED].length ? words(row[PREDICTED]) : "no candidate";
  const standing = (row) => {
    if (row[RECOGNITION] === null) return "unscored";
    return row[RECOGNITION] === 100 ? "right" : row[RECOGNITION] === 0 ? "wrong" : "partly right";
  };

  // A new element; children are elements or text.
  const make = (tag, properties, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "class") element.className = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };

  // --- details, unpacked block by block when a sample is opened ---

  const ordinal = index.shown === null ? null : new Map(index.shown.map((place, at) => [place, at]));
  const packed = runs.map(() => null);
  const blocks = new Map();
  const isShown = (place) => ordinal === null || ordinal.has(place);

  const inflate = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };
  const details = async (run, place) => {
    if (!isShown(place) || rows[run][place] === 0) return null;
    const at = ordinal === null ? place : ordinal.get(place);
    const block = Math.floor(at / index.block);
    const key = `${run}/${block}`;
    if (!blocks.has(key)) {
      packed[run] = packed[run] || read(`data-details-${run}`);
      blocks.set(key, inflate(packed[run][block]));
    }
    return (await blocks.get(key))[at % index.block];
  };

  let pictures = null;
  const picture = (run, place, id) => {
    pictures = pictures || read("data-frames");
    const at = (pictures.frames[run][place] || {})[id];
    return at === undefined ? null : `data:image/jpeg;base64,${pictures.jpegs[at]}`;
  };

  // --- the sample table ---

  const form = byId("filters");
  const table = byId("table");
  const state = { run: 0, sort: null, down: false, page: 0, list: [] };
  const haystacks = runs.map(() => []);

  const haystack = (run, place) => {
    const known = haystacks[run];
    if (known[place] === undefined) {
      const [id, task, gold] = samples[place];
      const row = rows[run][place];
      const message = row[MESSAGE] < 0 ? "" : word(row[MESSAGE]);
      known[place] = [id, word(task), words(gold), predictedWords(row), message].join("\n").toLowerCase();
    }
    return known[place];
  };

  const rightIn = (place) => rows.reduce((sum, run) => sum + (run[place] !== 0 && run[place][RECOGNITION] === 100), 0);
  const runsWith = (place) => rows.reduce((sum, run) => sum + (run[place] !== 0), 0);

  const columns = [
    { name: "Sample", key: shortName },
    { name: "Task", key: (place) => word(samples[place][1]) },
    { name: "Gold", key: (place) => words(samples[place][2]) },
    { name: "Predicted", key: (place, row) => predictedWords(row) },
    { name: "Outcome", key: (place, row) => outcomes[word(row[KIND])] },
    { name: "Recognition", number: true, key: (place, row) => row[RECOGNITION] },
    { name: "Reasoning", number: true, key: (place, row) => row[REASONING] },
    { name: "CoT", number: true, key: (place, row) => row[COT] },
    { name: "Steps", number: true, whole: true, key: (place, row) => row[STEPS] },
    { name: "Tokens", number: true, whole: true, key: (place, row) => row[TOKENS] },
  ];
  if (runs.length > 1) columns.push({ name: "Right in", number: true, runs: true, key: rightIn });

  const option = (value, text) => make("option", { value }, text);
  const refill = (name, entries) => {
    const before = form.elements[name].value;
    form.elements[name].replaceChildren(...entries.map(([value, text]) => option(value, text)));
    form.elements[name].value = entries.some(([value]) => value === before) ? before : entries[0][0];
  };
  const fillChoices = () => {
    const kinds = new Set();
    const tasks = new Set();
    const labels = new Set();
    const task = form.elements.task.value;
    rows[state.run].forEach((row, place) => {
      if (row === 0) return;
      kinds.add(word(row[KIND]));
      tasks.add(word(samples[place][1]));
      if (!task || word(samples[place][1]) === task) samples[place][2].forEach((label) => labels.add(word(label)));
    });
    refill("task", [["", "all tasks"], ...[...tasks].map((name) => [name, name])]);
    refill("label", [["", "all labels"], ...[...labels].sort().map((name) => [name, name])]);
    refill("outcome", [["", "all outcomes"], ...[...kinds].map((kind) => [kind, outcomes[kind]])]);
  };

  const select = () => {
    const { task, label, outcome, answer } = Object.fromEntries(new FormData(form));
    const needles = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const own = rows[state.run];
    state.list = [];
    for (let place = 0; place < samples.length; place += 1) {
      const row = own[place];
      if (row === 0) continue;
      if (task && word(samples[place][1]) !== task) continue;
      if (label && !samples[place][2].some((at) => word(at) === label)) continue;
      if (outcome && word(row[KIND]) !== outcome) continue;
      if (answer === "differ" ? new Set(rows.map((run) => run[place] !== 0 && standing(run[place]))).size < 2
        : answer && standing(row) !== answer) continue;
      if (needles.length && !needles.every((needle) => haystack(state.run, place).includes(needle))) continue;
      state.list.push(place);
    }
    if (state.sort !== null) {
      const { key, number } = columns[state.sort];
      const keys = new Map(state.list.map((place) => [place, key(place, own[place])]));
      const sign = state.down ? -1 : 1;
      state.list.sort((a, b) => {
        const [x, y] = [keys.get(a), keys.get(b)];
        if (x === null || y === null) return (x === null) - (y === null);
        return sign * (number ? x - y : x < y ? -1 : x > y ? 1 : 0);
      });
    }
    state.page = Math.min(state.page, Math.max(0, Math.ceil(state.list.length / PAGE) - 1));
  };

  const drawHead = () => {
    const heads = columns.map((column, at) => {
      const sorted = state.sort === at;
      const arrow = sorted ? (state.down ? " ↓" : " ↑") : "";
      const order = sorted ? (state.down ? "descending" : "ascending") : null;
      const onclick = () => {
        state.down = sorted ? !state.down : Boolean(column.number);
        state.sort = at;
        state.page = 0;
        draw();
        table.tHead.rows[0].cells[at].firstChild.focus();
      };
      const button = make("button", { type: "button", onclick }, column.name + arrow);
      return make("th", { scope: "col", class: column.number ? "num" : null, "aria-sort": order }, button);
    });
    table.tHead.replaceChildren(make("tr", {}, ...heads));
  };
  const cell = (column, place, row) => {
    const value = column.key(place, row);
    if (column.name === "Sample") {
      const content = isShown(place) ? make("a", { href: `#/run/${state.run}/sample/${place}` }, value) : value;
      return make("th", { scope: "row", dir: "auto" }, content);
    }
    if (column.runs) return make("td", { class: "num" }, `${value} of ${runsWith(place)}`);
    if (column.number) {
      const shade = column.whole || value === null ? "" : ` heat h${Math.floor(value / 5)}`;
      return make("td", { class: `num${shade}` }, column.whole ? whole(value) : fixed(value));
    }
    if (column.name === "Predicted") {
      const kind = standing(row);
      const sign = { right: "✓ ", wrong: "✗ ", "partly right": "◐ ", unscored: "" }[kind];
      return make("td", { dir: "auto", class: { right: "right", wrong: "wrong" }[kind] }, sign + value);
    }
    return make("td", { dir: "auto" }, value);
  };
  const draw = () => {
    select();
    drawHead();
    const first = state.page * PAGE;
    const own = rows[state.run];
    table.tBodies[0].replaceChildren(
      ...state.list.slice(first, first + PAGE).map((place) =>
        make("tr", {}, ...columns.map((column) => cell(column, place, own[place])))),
    );
    const total = own.reduce((sum, row) => sum + (row !== 0), 0);
    const n = state.list.length;
    byId("found").textContent = `${whole(n)} of ${whole(total)} samples`;
    const pages = Math.max(1, Math.ceil(n / PAGE));
    byId("page").textContent = `Page ${whole(state.page + 1)} of ${whole(pages)}`;
    for (const button of byId("pages").querySelectorAll("button")) {
      const back = ["first", "previous"].includes(button.dataset.step);
      button.disabled = back ? state.page === 0 : state.page >= pages - 1;
    }
  };

  const turn = (step) => {
    const last = Math.max(0, Math.ceil(state.list.length / PAGE) - 1);
    state.page = { first: 0, previous: state.page - 1, next: state.page + 1, last }[step];
    draw();
  };

  const startTable = () => {
    refill("run", runs.map((run, at) => [String(at), run.badge ? `${run.name} (${run.badge})` : run.name]));
    const answers = [["", "any"], ["right", "right"], ["partly right", "partly right"], ["wrong", "wrong"], ["unscored", "unscored"]];
    if (runs.length > 1) answers.push(["differ", "runs differ"]);
    refill("answer", answers);
    form.elements.run.parentElement.hidden = runs.length < 2;
    fillChoices();
    let waiting = 0;
    const changed = () => {
      state.run = Number(form.elements.run.value);
      state.page = 0;
      fillChoices();
      draw();
    };
    form.addEventListener("change", changed);
    form.elements.text.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(changed, 120);
    });
    form.addEventListener("reset", () => {
      state.sort = null;
      setTimeout(changed);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    byId("pages").addEventListener("click", (event) => {
      if (event.target.dataset.step) turn(event.target.dataset.step);
    });
    byId("browser").hidden = false;
    draw();
  };

  // --- a sample's page ---

  const page = byId("sample");

  const neighbours = (run, place) => {
    const listed = state.list.includes(place) ? state.list : [...samples.keys()].filter((at) => rows[run][at] !== 0);
    const list = listed.filter(isShown);
    const at = list.indexOf(place);
    return { previous: list[at - 1], next: list[at + 1], at, n: list.length };
  };

  const mark = (step) => {
    if (step.rating === undefined) return ["–", "open", "not rated"];
    if (step.decision === "unverifiable") return ["?", "open", `unverifiable, rated ${step.rating}`];
    const named = step.decision ? `${step.decision}, rated ${step.rating}` : `rated ${step.rating}`;
    if (step.rating === 1) return ["✓", "right", named];
    return step.rating === 0 ? ["✗", "wrong", named] : ["◐", "open", named];
  };

  const pointAt = (id) => {
    const targets = page.querySelectorAll(`[data-evidence="${CSS.escape(id)}"]`);
    for (const old of page.querySelectorAll(".hit")) old.classList.remove("hit");
    for (const target of targets) target.classList.add("hit");
    if (targets.length) targets[0].scrollIntoView({ block: "center", inline: "center" });
  };

  const stepItem = (step, evidence) => {
    const [sign, kind, named] = mark(step);
    const cites = (step.cites || []).map((id) => {
      const piece = evidence.find((one) => one.id === id);
      const title = piece ? piece.text || `frame at ${seconds(piece.start)}` : null;
      return make("button", { type: "button", class: "cite", title, "aria-label": `Show evidence ${id}`, onclick: () => pointAt(id) }, id);
    });
    const label = step.labels ? `label: ${step.labels.length ? step.labels.join(", ") : "no candidate"} · ` : "";
    return make("li", {},
      make("span", { class: `sign ${kind}`, "aria-hidden": "true" }, sign),
      make("div", {},
        make("p", { dir: "auto" }, step.text),
        make("p", { class: "verdict", dir: "auto" },
          make("span", { class: kind }, label + named), step.reason ? ` · ${step.reason}` : "", ...cites),
      ));
  };

  const evidenceTable = (list) => {
    const caption = "Sound, words and annotated cues";
    const told = list.filter((piece) => piece.kind !== "frame");
    if (!told.length) return make("p", { class: "fine" }, "Frames only.");
    const lines = told.map((piece) => make("tr", { "data-evidence": piece.id },
      make("th", { scope: "row" }, piece.id),
      make("td", { class: "num" }, piece.end > piece.start ? `${piece.start.toFixed(1)}–${seconds(piece.end)}` : seconds(piece.start)),
      make("td", { dir: "auto" }, piece.text || DASH)));
    return make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
      make("table", {}, make("caption", {}, make("span", {}, caption)),
        make("thead", {}, make("tr", {}, ...["Id", "Time", "What"].map((name) =>
          make("th", { scope: "col", class: name === "Time" ? "num" : null }, name)))),
        make("tbody", {}, ...lines)));
  };

  const frameStrip = (run, place, list) => {
    const frames = list.filter((piece) => piece.kind === "frame");
    if (!frames.length) return [];
    let missing = 0;
    const items = frames.map((piece) => {
      const source = picture(run, place, piece.id);
      const name = `${piece.id} · ${seconds(piece.start)}`;
      missing += source === null;
      return source
        ? make("li", { "data-evidence": piece.id }, make("img", { src: source, alt: `Frame ${piece.id} at ${seconds(piece.start)}` }), name)
        : make("li", { "data-evidence": piece.id, class: "blank" }, name);
    });
    const note = missing ? make("p", { class: "fine" }, "Not every frame is embedded in this file; the workspace holds them all.") : null;
    return [make("ul", { class: "strip", "aria-label": "Frames", tabindex: "0" }, ...items), note];
  };

  const marks = (row) => {
    const entries = [["Predicted", predictedWords(row)], ["Recognition", fixed(row[RECOGNITION])], ["Reasoning", fixed(row[REASONING])],
      ["CoT", fixed(row[COT])]];
    if (row[TOKENS] !== null) entries.push(["Answer tokens", whole(row[TOKENS])]);
    return make("dl", { class: "marks" }, ...entries.map(([name, value]) =>
      make("div", {}, make("dt", {}, name), make("dd", { dir: "auto" }, value))));
  };

  const runColumn = (run, place, told, shared) => {
    const row = rows[run][place];
    const message = row[MESSAGE] < 0 ? null : make("p", { dir: "auto" }, word(row[MESSAGE]));
    const parts = [
      make("div", { class: "head" },
        make("h2", {}, make("span", { class: "swatch", "aria-hidden": "true" }), make("bdi", {}, runs[run].name)),
        runs[run].badge ? make("span", { class: "badge" }, runs[run].badge) : null,
        make("span", { class: { right: "right", wrong: "wrong" }[standing(row)] },
          word(row[KIND]) === "scored" ? standing(row) : outcomes[word(row[KIND])])),
      make("p", { class: "clip-id", dir: "auto" }, runs[run].model + (told.sent ? `, sent ${told.sent.join(" and ")}` : "")),
      message, marks(row)];
    if (told.steps) parts.push(make("h3", {}, "Steps and verdicts"), make("ol", { class: "steps" }, ...told.steps.map((step) => stepItem(step, told.evidence || []))));
    if (told.answer) {
      parts.push(make("h3", {}, "Answer"), make("div", { class: "text", dir: "auto", tabindex: "0" }, told.answer));
      if (told.whole) parts.push(make("p", { class: "fine" }, `The first ${whole(told.answer.length)} of ${whole(told.whole)} characters; the run's store holds the whole answer.`));
    }
    if (told.thinking) parts.push(make("details", {}, make("summary", {}, "Thinking"), make("div", { class: "text", dir: "auto" }, told.thinking)));
    if (!shared && told.evidence) parts.push(make("h3", {}, "Evidence"), ...frameStrip(run, place, told.evidence), evidenceTable(told.evidence));
    if (told.usage) {
      const used = told.usage.map(([stage, calls, into, out]) => {
        const tokens = into === null && out === null ? "" : `, ${whole(into)} tokens in, ${whole(out)} out`;
        return `${stage}: ${calls} ${calls === 1 ? "call" : "calls"}${tokens}`;
      });
      parts.push(make("p", { class: "fine" }, used.join(" · ")));
    }
    const only = runsWith(place) === 1 ? "single " : "";
    return make("section", { class: `${only}c${runs[run].colour}` }, ...parts);
  };

  const candidateChips = (place) => {
    const { gold, candidates } = sample(place);
    const asking = [...runs.keys()].filter((run) => rows[run][place] !== 0);
    const chips = candidates.map((candidate) => {
      const n = asking.filter((run) => (rows[run][place][PREDICTED] || []).some((at) => word(at) === candidate)).length;
      const notes = [];
      if (gold.includes(candidate)) notes.push("gold");
      if (n) notes.push(asking.length === 1 ? "predicted" : `predicted by ${n} of ${asking.length}`);
      return make("li", { class: gold.includes(candidate) ? "gold" : null, dir: "auto" }, candidate,
        notes.length ? make("small", {}, notes.join(", ")) : null);
    });
    return make("ul", { class: "chips", "aria-label": "Candidate labels" }, ...chips);
  };

  const trail = (run, place) => {
    const { previous, next, at, n } = neighbours(run, place);
    const go = (to, text, key) => make("button", { type: "button", disabled: to === undefined, title: `Key: ${key}`, onclick: () => open(run, to) }, text);
    return make("div", { class: "trail" },
      make("a", { href: "#samples" }, "← All samples"),
      make("div", { class: "move" }, go(previous, "Previous", "k or ←"),
        make("span", { class: "fine" }, at < 0 ? "" : `${whole(at + 1)} of ${whole(n)}`), go(next, "Next", "j or →")));
  };
  const open = (run, place) => {
    if (place !== undefined) location.hash = `#/run/${run}/sample/${place}`;
  };

  const say = (heading, text) => page.replaceChildren(
    make("div", { class: "trail" }, make("a", { href: "#samples" }, "← All samples")),
    make("h1", { tabindex: "-1" }, heading), make("p", {}, text));

  let asked = 0;
  const showSample = async (run, place) => {
    const turnNow = (asked += 1);
    if (!(run in runs) || !(place in samples) || rows[run][place] === 0) {
      say("No such sample", "The link names a sample that this report does not hold.");
      return;
    }
    if (!isShown(place)) {
      say(shortName(place), "This sample is in the table only, to keep the file small. The run's store holds its details.");
      return;
    }
    // The run that was asked for stands first.
    const order = [run, ...runs.keys()].filter((at, i, all) => all.indexOf(at) === i && rows[at][place] !== 0);
    let told;
    try {
      told = await Promise.all(order.map((at) => details(at, place)));
    } catch (error) {
      say("Cannot be unpacked", "This browser cannot unpack the sample's details; a newer one can.");
      return;
    }
    if (turnNow !== asked) return;
    const { heading, task, question } = sample(place);
    const lists = told.map((one) => JSON.stringify(one.evidence || []));
    const shared = lists.every((list) => list === lists[0]);
    const evidence = (shared && told[0].evidence) || [];
    page.replaceChildren(...[
      trail(run, place),
      make("h1", { tabindex: "-1", dir: "auto" }, heading),
      make("p", { class: "clip-id" }, task),
      make("details", {}, make("summary", {}, "Question"), make("p", { class: "question", dir: "auto" }, question)),
      candidateChips(place),
      ...frameStrip(order[0], place, evidence),
      make("div", { class: "columns" }, ...order.map((at, i) => runColumn(at, place, told[i], shared))),
      ...(evidence.length ? [make("h2", {}, "Evidence"), evidenceTable(evidence)] : []),
      make("p", { class: "fine" }, "Keys: ", make("kbd", {}, "j"), " or ", make("kbd", {}, "→"), " next, ", make("kbd", {}, "k"), " or ",
        make("kbd", {}, "←"), " previous, ", make("kbd", {}, "Esc"), " back to the table"),
    ].filter(Boolean));
  };

  // --- where we are ---

  const overview = byId("overview");
  const title = document.title;
  let current;
  let overviewHash = null; // null until the overview has been shown
  let left = null; // where the overview was left for a sample

  const route = async () => {
    const match = /^#\/run\/(\d+)\/sample\/(\d+)$/.exec(location.hash);
    const before = current;
    current = match ? { run: Number(match[1]), place: Number(match[2]) } : null;
    if (current) {
      if (!overview.hidden && overviewHash !== null) left = { hash: overviewHash, y: window.scrollY };
      await showSample(current.run, current.place);
      if (!current) return;
      overview.hidden = true;
      page.hidden = false;
      const heading = page.querySelector("h1");
      document.title = `${heading.textContent.slice(0, 80)} · Cuewise`;
      window.scrollTo({ top: 0, behavior: "instant" });
      heading.focus({ preventScroll: true });
      return;
    }
    overviewHash = location.hash;
    if (overview.hidden) {
      overview.hidden = false;
      page.hidden = true;
      document.title = title;
      const link = before && table.querySelector(`a[href="#/run/${before.run}/sample/${before.place}"]`);
      const back = left !== null && [left.hash, "#samples"].includes(location.hash);
      if (back) window.scrollTo({ top: left.y, behavior: "instant" });
      else document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" });
      if (back && link) link.focus({ preventScroll: true });
    } else if (before === undefined && location.hash) {
      // The table has just grown under the place that the browser went to.
      document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" });
    }
  };

  document.addEventListener("keydown", (event) => {
    if (!current || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, select, textarea")) return;
    const arrows = !event.target.closest(".scroll, .strip, .text");
    const { previous, next } = neighbours(current.run, current.place);
    if (event.key === "j" || (arrows && event.key === "ArrowRight")) open(current.run, next);
    else if (event.key === "k" || (arrows && event.key === "ArrowLeft")) open(current.run, previous);
    else if (event.key === "Escape") location.hash = "#samples";
    else return;
    event.preventDefault();
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
  window.addEventListener("hashchange", route);
  startTable();
  route();
})();
