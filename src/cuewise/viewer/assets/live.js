// A run under way: asked for two seconds after each answer while the page is looked at; the page is loaded anew once it has ended.
(() => {
  "use strict";

  const EVERY_MS = 2000;
  const live = document.querySelector("[data-live]");
  const said = document.querySelector("[data-live-said]");

  // Whether to look again.
  const look = async () => {
    if (document.hidden) return true;
    let now;
    try {
      const answer = await fetch(live.dataset.live, { headers: { Accept: "application/json" } });
      if (answer.status === 404) {
        said.textContent = "The run is no longer there; this is how it was when it was last seen.";
        return false;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      now = await answer.json();
    } catch {
      said.textContent = "The server cannot be reached; this is how it was when it last answered.";
      return true;
    }
    if (now.state !== "under way") {
      location.reload();
      return false;
    }
    said.textContent = "";
    // Where somebody is on a link among them they are left as they are.
    if (live.contains(document.activeElement)) return true;
    // Rendered by the server from a template that escapes; scripts would not run in it all the same.
    live.replaceChildren(...new DOMParser().parseFromString(now.html, "text/html").body.childNodes);
    return true;
  };
  const again = () => setTimeout(async () => (await look()) && again(), EVERY_MS);
  again();
})();
