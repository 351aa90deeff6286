// A sample's page: choosing steps, the keys, and what is fetched only when it is opened.
(() => {
  "use strict";

  const root = document.querySelector("[data-player]");
  const player = window.cuewisePlayer(root);
  const columns = [...document.querySelectorAll("[data-column]")];
  const pane = root.closest(".clip");
  const stage = root.querySelector(".player-stage");
  const help = document.querySelector("dialog.keys");
  let column = 0; // whose steps the figures choose
  let chosen = null;

  // --- steps ---

  const nameOf = (item) => {
    const whose = columns.length > 1 ? ` of ${item.closest("[data-column]").querySelector("h2 bdi").textContent}` : "";
    return `Step ${item.dataset.step}${whose}`;
  };

  const press = (item, on) => {
    item.classList.toggle("chosen-step", on);
    item.querySelector(".number").setAttribute("aria-pressed", String(on));
  };

  const forget = () => {
    if (chosen) press(chosen, false);
    chosen = null;
    history.replaceState(null, "", location.pathname + location.search);
  };

  const letGo = () => {
    forget();
    player.clear();
  };

  const choose = (item, { link = true } = {}) => {
    if (chosen) press(chosen, false);
    chosen = item;
    press(item, true);
    const section = item.closest("[data-column]");
    column = columns.indexOf(section);
    const { cited, checked, near, times } = JSON.parse(item.dataset.selection);
    player.select(cited, { checked, near, times, set: Number(section.dataset.layerOf), name: nameOf(item) });
    // Where the clip does not stay in sight by itself it is brought there; where it does, what is lit on its timeline is.
    stage.scrollIntoView({ block: "nearest" });
    const first = root.querySelector(".player-cited");
    if (first && pane.scrollHeight > pane.clientHeight) first.scrollIntoView({ block: "nearest" });
    if (link) history.replaceState(null, "", `#${item.id}`);
  };

  const stepOf = (target) => target.closest("[data-step]");

  document.addEventListener("click", (event) => {
    const item = stepOf(event.target);
    const cite = event.target.closest("[data-cite]");
    if (cite) {
      choose(item);
      const mark = [...player.layer().querySelectorAll("[data-evidence]")].find((one) => one.dataset.evidence === cite.dataset.cite);
      if (mark) player.open(mark, { alone: false });
      return;
    }
    if (event.target.closest(".number")) {
      if (item === chosen) letGo();
      else choose(item);
    } else if (event.target.closest("[data-keys]")) help.showModal();
    // Of the rest of a step's text, too: unless its words are being marked, or something in it was opened.
    else if (item && item !== chosen && !event.target.closest("details, a, button") && String(getSelection()) === "") choose(item);
  });

  // What is lit in the player is lit in the tables of evidence too, and steps that cite what was clicked are marked.
  root.addEventListener("player:select", ({ detail: { cited, checked, set } }) => {
    for (const table of document.querySelectorAll("[data-evidence-of]")) {
      const here = Number(table.dataset.evidenceOf) === set;
      for (const line of table.querySelectorAll("[data-piece]")) {
        line.classList.toggle("cited", here && cited.includes(line.dataset.piece));
        line.classList.toggle("checked", here && checked.includes(line.dataset.piece));
      }
    }
    for (const cite of document.querySelectorAll("[data-cite]")) {
      const here = Number(cite.closest("[data-column]").dataset.layerOf) === set;
      cite.classList.toggle("hit", here && cited.includes(cite.dataset.cite));
    }
  });
  root.addEventListener("player:evidence", forget);

  // --- what is fetched when it is opened ---

  const load = async (details) => {
    const place = details.querySelector("[aria-live]");
    const say = (text) => {
      const line = document.createElement("p");
      line.className = "caution";
      line.textContent = text;
      place.replaceChildren(line);
    };
    try {
      const answer = await fetch(details.dataset.fetch, { headers: { Accept: "text/html" } });
      if (!answer.ok) {
        say(`The server did not give them (${answer.status}). Close this and open it again to try once more.`);
        return;
      }
      // Rendered by the server from a template that escapes; scripts would not run in it all the same.
      place.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
      details.dataset.loaded = "";
    } catch {
      say("The server cannot be reached. Close this and open it again to try once more.");
    }
  };
  for (const details of document.querySelectorAll("[data-fetch]")) {
    details.addEventListener("toggle", () => {
      if (details.open && !("loaded" in details.dataset)) load(details);
    });
  }

  // --- boxes that scroll can be reached by keys ---

  const reach = () => {
    pane.style.scrollPaddingTop = `${stage.offsetHeight}px`;
    for (const box of document.querySelectorAll(".said, .verdict, .chips, .reading, .caution, .votes ul, .long, .player-said, .sample-id")) {
      if (box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  // The clip's pane ends where the window does, also before it stays in sight, and fades where there is more of it.
  const fit = () => {
    pane.style.maxHeight = "";
    if (getComputedStyle(pane).position === "sticky") {
      const room = innerHeight - Math.max(0, pane.getBoundingClientRect().top) - 6;
      if (room > stage.offsetHeight) pane.style.maxHeight = `${room}px`;
    }
    pane.classList.toggle("goes-on", pane.scrollHeight - pane.scrollTop - pane.clientHeight > 4);
  };
  for (const event of ["scroll", "resize", "load"]) window.addEventListener(event, fit, { passive: true });
  pane.addEventListener("scroll", fit, { passive: true });
  root.addEventListener("player:select", fit);
  fit();
  window.addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  root.addEventListener("player:select", reach);
  reach();

  // --- keys ---

  const go = (which) => {
    const link = document.querySelector(`a[rel=${which}]`);
    if (link) link.click();
  };
  // Digits are then of that run. Where a step is chosen, it is the same one there.
  const turnTo = (number) => {
    if (columns.length < 2) return;
    column = Math.min(columns.length - 1, Math.max(0, number));
    for (const [at, one] of columns.entries()) one.classList.toggle("turned-to", at === column);
    columns[column].scrollIntoView({ block: "nearest" });
    if (!chosen) return;
    const same = columns[column].querySelector(`[data-step="${chosen.dataset.step}"]`);
    const item = same || columns[column].querySelector("[data-step]");
    if (item) choose(item);
  };
  const byFigure = (figure) => {
    const item = columns[column] && columns[column].querySelector(`[data-step="${figure}"]`);
    if (!item) return;
    if (item === chosen) letGo();
    else {
      choose(item);
      item.scrollIntoView({ block: "nearest" });
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || help.open) return;
    if (event.target.closest("input, select, textarea")) return;
    const { key } = event;
    if (key === " ") {
      // On what space itself presses or scrolls it does that; a dialog that was closed may hold the focus a moment longer.
      if (!event.target.closest("dialog") && event.target.closest("button, a, summary, audio, video, [tabindex='0']")) return;
      player.toggle();
    } else if (key === "j" || key === "n") go("next");
    else if (key === "k" || key === "p") go("prev");
    else if (key === "[") turnTo(column - 1);
    else if (key === "]") turnTo(column + 1);
    else if (key === "?") help.showModal();
    else if (key === "Escape" && chosen) letGo();
    else if (/^[1-9]$/.test(key)) byFigure(key);
    else return;
    event.preventDefault();
  });

  // --- links to a step ---

  const fromLink = () => {
    const item = /^#step-\d+(-in-\d+)?$/.test(location.hash) ? document.getElementById(location.hash.slice(1)) : null;
    if (item) choose(item, { link: false });
  };
  window.addEventListener("hashchange", fromLink);
  fromLink();
})();
