// Where we are: the overview, or the sample that the address names.

const overview = byId("overview");
const title = document.title;
let current;
let overviewHash = null; // null until the overview has been shown
let left = null; // where the overview was left for a sample

const route = async () => {
  const match = /^#\/run\/(\d+)\/sample\/(\d+)(?:\/answer\/([1-9]\d*))?$/.exec(location.hash);
  const before = current;
  current = match ? { run: Number(match[1]), place: Number(match[2]) } : null;
  if (current) {
    if (!overview.hidden && overviewHash !== null) left = { hash: overviewHash, y: window.scrollY };
    await showSample(current.run, current.place, Number(match[3] || 1) - 1);
    if (!current) return;
    overview.hidden = true;
    page.hidden = false;
    const heading = page.querySelector("h1");
    document.title = `${heading.textContent.slice(0, 80)} · Cuewise`;
    if (before && before.run === current.run && before.place === current.place) {
      // Another answer to the same sample: stay where one was.
      page.querySelector(".answers [aria-current]")?.focus({ preventScroll: true });
      return;
    }
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
byId("samples").setAttribute("aria-busy", "true");
unpack().then(() => {
  window.addEventListener("hashchange", route);
  startTable();
  return route();
}, () => {
  byId("samples").append(make("p", { class: "note" }, "This browser cannot unpack the sample table; a newer one can."));
}).finally(() => byId("samples").removeAttribute("aria-busy"));
