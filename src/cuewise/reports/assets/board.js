// The main table's filter: which rows are shown, and which task's scores stand in them.
const form = document.getElementById("sieve");
if (form) {
  const table = document.getElementById("models");
  const rows = [...table.tBodies[0].rows];
  const { places, cells } = JSON.parse(document.getElementById("cells").textContent);
  const status = form.querySelector("output");
  const shownTask = document.getElementById("shown-task");

  const fits = {
    origin: (row, wanted) => (wanted === "own"
      ? ["run", "submission"].includes(row.dataset.origin) : row.dataset.origin === wanted),
    access: (row, wanted) => row.dataset.access === (wanted === "?" ? "" : wanted),
    size: (row, wanted) => {
      const size = row.dataset.size;
      if (wanted === "?" || size === "") return wanted === "?" && size === "";
      const [low, high] = wanted.split("-");
      return Number(size) > Number(low) && (high === "" || Number(size) <= Number(high));
    },
    // "=" before what was given means that and nothing else.
    given: (row, wanted) => wanted.startsWith("=")
      ? row.dataset.given === wanted.slice(1)
      : wanted.split(" ").every((one) => row.dataset.given.split(" ").includes(one)),
    protocol: (row, wanted) => row.dataset.protocol === wanted,
    group: (row, wanted) => row.dataset.group === wanted,
    name: (row, wanted) => row.cells[0].textContent.toLowerCase().includes(wanted.toLowerCase().trim()),
  };
  const sift = () => {
    const wanted = Object.keys(fits).map((name) => [name, form.elements[name].value]).filter(([, value]) => value);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !wanted.every(([name, value]) => fits[name](row, value));
      shown += !row.hidden;
    }
    status.textContent = wanted.length ? `${shown} of ${rows.length} models` : "";
  };
  const showTask = () => {
    const task = form.elements.task.value;
    shownTask.textContent = task;
    for (const row of rows) {
      const texts = cells[row.dataset.slug][task];
      places.forEach((place, at) => {
        const [text, sub, sort] = texts[at];
        const cell = row.cells[place + 2];
        cell.replaceChildren(text);
        if (sub) {
          const range = document.createElement("span");
          range.className = "range";
          range.textContent = sub;
          cell.append(range);
        }
        if (sort) cell.dataset.v = sort; else delete cell.dataset.v;
      });
    }
    // The order follows the scores that are shown: twice, as each press turns the direction.
    const sorted = table.querySelector("[aria-sort] button");
    if (sorted) { sorted.click(); sorted.click(); }
  };
  form.addEventListener("input", (event) => event.target.name === "task" ? showTask() : sift());
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { showTask(); sift(); }));
  form.hidden = false;
  sift();
}
