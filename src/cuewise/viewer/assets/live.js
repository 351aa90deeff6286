// A run under way: asked for every two seconds while the page is looked at; the page is loaded anew once it has ended.
(() => {
  "use strict";

  const EVERY_MS = 2000;
  const live = document.querySelector("[data-live]");
  const said = document.querySelector("[data-live-said]");

  const look = async () => {
    if (document.hidden) return;
    let now;
    try {
      const answer = await fetch(live.dataset.live, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      now = await answer.json();
    } catch {
      said.textContent = "The server cannot be reached; this is how it was when it last answered.";
      return;
    }
    if (now.state !== "under way") {
      clearInterval(timer);
      location.reload();
      return;
    }
    said.textContent = "";
    // Where somebody is on a link among them they are left as they are.
    if (live.contains(document.activeElement)) return;
    // Rendered by the server from a template that escapes; scripts would not run in it all the same.
    live.replaceChildren(...new DOMParser().parseFromString(now.html, "text/html").body.childNodes);
  };
  const timer = setInterval(look, EVERY_MS);
})();
