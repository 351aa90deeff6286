// Tables of blocks: sorted by any column, filtered by words. Without this script they stand as they were written.
{
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const wordsOf = (cell) => cell.firstChild ? cell.firstChild.textContent.trim() : "";
  const numberOf = (cell) => cell.dataset.v === undefined ? null : Number(cell.dataset.v);

  // What is missing stands last in either direction, and rows that are equal stay as they were.
  const compare = (first, second, numeric, up) => {
    const [a, b] = numeric ? [numberOf(first), numberOf(second)] : [wordsOf(first), wordsOf(second)];
    const [noA, noB] = numeric ? [a === null, b === null] : [a === "", b === ""];
    if (noA || noB) return noA - noB;
    return (numeric ? a - b : collator.compare(a, b)) * (up ? 1 : -1);
  };
  const sort = (table, head) => {
    const at = head.cellIndex;
    const numeric = "numeric" in head.dataset;
    const was = head.getAttribute("aria-sort");
    // One wants the highest number first, but the best rank, the lowest cost, and names from A.
    const up = was ? was === "descending" : !numeric || "rising" in head.dataset;
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort((a, b) => compare(a.cells[at], b.cells[at], numeric, up)));
  };
  for (const table of document.querySelectorAll("table.kit")) {
    if (table.tBodies[0].rows.length < 2) continue;
    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head));
      head.append(button);
    }
  }

  // What a box hides at its end is told by a fading edge.
  const fade = (box) => box.classList.toggle("more", box.scrollWidth - box.clientWidth - Math.abs(box.scrollLeft) > 4);
  const boxes = new ResizeObserver((entries) => entries.forEach(({ target }) => fade(target.closest(".scroll"))));
  for (const box of document.querySelectorAll(".scroll")) {
    boxes.observe(box);
    if (box.firstElementChild) boxes.observe(box.firstElementChild);
    box.addEventListener("scroll", () => fade(box), { passive: true });
  }

  // Nothing can be unfolded on paper, so what is folded is open while it is printed: figures, and what is no longer
  // than about a page, as the tables of many runs would fill hundreds. A style sheet cannot open it in every browser.
  const PAGE_ROWS = 50;
  const unfolded = [];
  window.addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details:not([open], .help, .data)")) {
      if (!part.querySelector(":scope > figure") && part.querySelectorAll("tr").length > PAGE_ROWS) continue;
      part.open = true;
      unfolded.push(part);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const part of unfolded.splice(0)) part.open = false;
  });

  for (const field of document.querySelectorAll("input[data-filters]")) {
    const rows = [...document.getElementById(field.dataset.filters).tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const box = field.closest(".sieve");
    const status = box.querySelector("output");
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, at) => {
        row.hidden = !words.every((word) => texts[at].includes(word));
        shown += !row.hidden;
      });
      status.textContent = words.length ? `${shown} of ${rows.length} rows` : "";
    });
    box.hidden = false;
  }

  // What a cell of a heat map means, told when a pointer comes to it.
  document.addEventListener("pointerover", (event) => {
    const cell = event.target.closest?.(".heatmap td");
    if (!cell || cell.title) return;
    const table = cell.closest("table");
    const column = table.tHead.rows[1].cells[cell.cellIndex - 1];
    cell.title = `${cell.parentElement.cells[0].textContent}, ${column.textContent}: ${cell.textContent}`;
  });
}
