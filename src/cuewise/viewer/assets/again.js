// A page that waits for something is loaded again after so many seconds.
(() => {
  "use strict";

  const { after } = document.currentScript.dataset;
  setTimeout(() => location.reload(), 1000 * Number(after));
})();
