// The sample table: filters, order, pages.

const form = byId("filters");
const table = byId("table");
const state = { run: 0, sort: null, down: false, page: 0, list: [] };
const haystacks = runs.map(() => []);

const haystack = (run, place) => {
  const known = haystacks[run];
  if (known[place] === undefined) {
    const { [ID]: id, [TASK]: task, [GOLD]: gold } = samples[place];
    const row = rows[run][place];
    const message = row[MESSAGE] === null ? "" : word(row[MESSAGE]);
    known[place] = [id, word(task), words(gold), predictedWords(row), message].join("\n").toLowerCase();
  }
  return known[place];
};

const rightIn = (place) => rows.reduce((sum, run) => sum + (run[place] !== 0 && run[place][RECOGNITION] === 100), 0);
const runsWith = (place) => rows.reduce((sum, run) => sum + (run[place] !== 0), 0);

const columns = [
  { name: "Sample", key: shortName },
  { name: "Task", key: (place) => word(samples[place][TASK]) },
  { name: "Gold", key: (place) => words(samples[place][GOLD]) },
  { name: "Predicted", key: (place, row) => predictedWords(row) },
  { name: "Outcome", key: (place, row) => outcomeWords(row) },
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
  const read = new Set();
  const task = form.elements.task.value;
  rows[state.run].forEach((row, place) => {
    if (row === 0) return;
    answersOf(row).forEach((one) => kinds.add(word(one[KIND])));
    tasks.add(word(samples[place][TASK]));
    answersOf(row).forEach((one) => one[STATUS] !== null && read.add(word(one[STATUS])));
    if (!task || word(samples[place][TASK]) === task) labelsOf(samples[place][GOLD]).forEach((label) => labels.add(label));
  });
  refill("task", [["", "all tasks"], ...[...tasks].map((name) => [name, name])]);
  refill("label", [["", "all labels"], ...[...labels].sort().map((name) => [name, name])]);
  refill("status", [["", "any"], ...Object.keys(statuses).filter((one) => read.has(one)).map((one) => [one, statuses[one]])]);
  refill("outcome", [["", "all outcomes"], ...[...kinds].map((kind) => [kind, outcomes[kind]])]);
};

const select = () => {
  const { task, label, outcome, answer, status } = Object.fromEntries(new FormData(form));
  const needles = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const own = rows[state.run];
  state.list = [];
  for (let place = 0; place < samples.length; place += 1) {
    const row = own[place];
    if (row === 0) continue;
    if (task && word(samples[place][TASK]) !== task) continue;
    if (label && !labelsOf(samples[place][GOLD]).includes(label)) continue;
    if (outcome && !answersOf(row).some((one) => word(one[KIND]) === outcome)) continue;
    if (status && !answersOf(row).some((one) => one[STATUS] !== null && word(one[STATUS]) === status)) continue;
    if (answer === "change" ? !howMany(row, PREDICTED)
      : answer === "differ" ? new Set(rows.map((run) => run[place] !== 0 && standing(run[place]))).size < 2
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
  refill("run", runs.map((run, at) => [String(at), `${run.name} (${[run.rules, run.badge].filter(Boolean).join("; ")})`]));
  const answers = [["", "any"], ["right", "right"], ["partly right", "partly right"], ["wrong", "wrong"], ["unscored", "unscored"]];
  if (runs.length > 1) answers.push(["differ", "runs differ"]);
  if (anyRepeated()) answers.push(["change", "label changes"]);
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
