// Keys where one page ends and the next begins. Loaded before anything is shown: what is pressed before the page's own
// script is there is kept for it. And a page can tell whether the one before was left by a key.
//
//   window.cuewiseKeys.came -> whether it was;   window.cuewiseKeys.take() -> events so far, once
(() => {
  "use strict";

  const NOTE = "cuewise/left-by-key";
  let byKey = false;
  let early = [];

  const take = () => {
    const taken = early;
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
