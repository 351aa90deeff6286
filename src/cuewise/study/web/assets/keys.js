// Keys where one page ends and the next begins. Loaded before anything is shown: what is pressed before the page's own
// script is there is kept for it, unless nothing of the page was to be seen yet. And a page can tell whether the one
// before was left by a key.
//
//   window.cuewiseKeys.came -> whether it was;   window.cuewiseKeys.take() -> events since it is seen, so far, once
(() => {
  "use strict";

  const NOTE = "cuewise/left-by-key";
  let byKey = false;
  let early = [];

  // When the page was first to be seen, in ms as events have it. Some browsers do not tell.
  const seenFrom = () => {
    if (!window.PerformanceObserver?.supportedEntryTypes?.includes("paint")) return 0;
    return performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity;
  };
  const take = () => {
    const from = seenFrom();
    const taken = early.filter((event) => event.timeStamp >= from);
    early = null;
    return taken;
  };
  const keys = { came: false, take };
  document.addEventListener("keydown", (event) => {
    byKey = true;
    if (early) early.push(event);
  }, true);
  document.addEventListener("pointerdown", () => {
    byKey = false;
  }, true);
  try {
    keys.came = sessionStorage.getItem(NOTE) === "yes";
    window.addEventListener("pagehide", () => sessionStorage.setItem(NOTE, byKey ? "yes" : "no"));
  } catch {
    // This browser keeps nothing: the first key on the page brings into sight what it is about.
  }
  window.cuewiseKeys = keys;
})();
