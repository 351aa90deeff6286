// What of an item's page is in sight: what lies between that which stays above (in one column the picture) and the bar
// below.
//
//   window.cuewiseSight.bring(element) -> whether the page had to be moved for it to be seen
(() => {
  "use strict";

  const MARGIN = 8; // px
  const bar = document.querySelector(".bar");
  const above = document.querySelectorAll(".masthead, .player-stage > video, .player-stage > audio, .player-decoded");

  const sight = () => {
    const staying = [...above].filter((one) => one.isConnected && getComputedStyle(one).position === "sticky");
    return { top: Math.max(0, ...staying.map((one) => one.offsetHeight)), bottom: bar.getBoundingClientRect().top };
  };
  // Whatever a browser brings into sight by itself, such as what Tab goes to, is not covered either.
  const makeWay = () => {
    const { style } = document.documentElement;
    style.scrollPaddingTop = `${sight().top + MARGIN}px`;
    style.scrollPaddingBottom = `${bar.offsetHeight + MARGIN}px`;
  };
  const sizes = new ResizeObserver(makeWay);
  for (const one of [bar, ...above]) sizes.observe(one);

  // What is higher than the space there is may fill it.
  const seen = (element) => {
    const { top, bottom } = sight();
    const box = element.getBoundingClientRect();
    const fits = box.top > top - 1 && box.bottom < bottom + 1;
    return fits || (box.top < top + 2 * MARGIN && box.bottom > bottom - 2 * MARGIN);
  };
  const bring = (element) => {
    if (seen(element)) return false;
    const before = window.scrollY;
    makeWay();
    // At once: the next key may come before a smooth way ends.
    element.scrollIntoView({ block: "nearest", behavior: "instant" });
    return window.scrollY !== before;
  };
  window.cuewiseSight = { bring };
})();
