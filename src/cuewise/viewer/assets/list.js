// The list of samples: filters apply as they are set, and keys move along the rows.
(() => {
  "use strict";

  const form = document.getElementById("filters");
  const search = document.getElementById("q");
  const help = document.querySelector("dialog.keys");
  const rows = [...document.querySelectorAll("[data-row]")];
  const isWide = matchMedia("(min-width: 76rem)");

  // What is kept for the next page of this tab; nothing where the browser keeps nothing, or holds what is not ours.
  const kept = (name) => {
    try {
      return JSON.parse(sessionStorage.getItem(name));
    } catch {
      return null;
    }
  };
  const keep = (name, value) => {
    try {
      sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      // The page does without.
    }
  };

  // Fields that say nothing would only make the address longer.
  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      if (field.name && !field.value) field.disabled = true;
    }
    setTimeout(() => {
      for (const field of form.elements) field.disabled = false;
    });
  });
  // On the way back a page may come as it was left; its filters are those of its list all the same.
  addEventListener("pageshow", ({ persisted }) => persisted && form.reset());
  // Where the filters cover the list, several are set before they are applied.
  const apply = (target) => {
    keep("set", [target ? target.name : "", target ? target.value : "", form.scrollTop]);
    form.requestSubmit();
  };
  const changed = new Set();
  form.addEventListener("change", ({ target }) => {
    if (target === search || !isWide.matches) return;
    // Of a range both ends are set before it applies.
    if (target.type === "number") changed.add(target.closest("fieldset"));
    else apply(target);
  });
  form.addEventListener("focusout", ({ target, relatedTarget }) => {
    const range = target.closest("fieldset");
    if (range && changed.has(range) && !range.contains(relatedTarget)) {
      apply(form.contains(relatedTarget) && relatedTarget.name ? relatedTarget : null);
    }
  });

  // Which filters are folded away stays as it was from one list to the next.
  const folded = kept("folded") || {};
  for (const facet of document.querySelectorAll(".facet")) {
    const name = facet.querySelector("summary").textContent;
    if (name in folded && !facet.querySelector(":checked:not([value=''])")) facet.open = folded[name];
    facet.addEventListener("toggle", () => {
      folded[name] = facet.open;
      keep("folded", folded);
    });
  }

  // What was set last is where the keyboard still is.
  const [name, value, top] = kept("set") || [];
  keep("set", null);
  const set = [...form.elements].find((field) => name && field.name === name && field.value === value);
  if (set) {
    set.focus({ preventScroll: true });
    set.closest("label, fieldset").scrollIntoView({ block: "nearest" });
  }
  if (top) form.scrollTop = top;

  const go = (which) => {
    const link = document.querySelector(`a[rel=${which}]`);
    if (link) link.click();
    return Boolean(link);
  };
  const at = () => rows.findIndex((row) => row.closest("tr").contains(document.activeElement));
  const move = (by) => {
    const to = at() === -1 ? (by > 0 ? 0 : rows.length - 1) : at() + by;
    if (rows[to]) {
      rows[to].focus({ preventScroll: true });
      rows[to].closest("tr").scrollIntoView({ block: "nearest" });
    } else go(by > 0 ? "next" : "prev");
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "/") {
      search.focus();
      search.select();
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "n") go("next");
    else if (event.key === "p") go("prev");
    else if (event.key === "?") help.showModal();
    else return;
    event.preventDefault();
  });
  document.querySelector("[data-keys]").addEventListener("click", () => help.showModal());
})();
