// Plays a clip together with its timeline; what it offers to a page's own script is told in web/player.py.
(() => {
  "use strict";

  const words = (seconds) => `${seconds.toFixed(1)} s`;
  const INSTANT = 1; // seconds that are looped of what has no length
  const WHOLE = 0.98; // what takes so much of a clip is about all of it

  // From when to when marks of one piece of evidence are.
  const spanOf = (marks) => [Math.min(...marks.map((mark) => Number(mark.dataset.start))), Math.max(...marks.map((mark) => Number(mark.dataset.end)))];

  // Keeps time where there are frames and no sound; as much of a media element as is needed here.
  class SilentClock extends EventTarget {
    constructor(duration) {
      super();
      Object.assign(this, { duration, paused: true, playbackRate: 1, at: 0, since: 0 });
    }
    get currentTime() {
      if (this.paused) return this.at;
      const now = this.at + ((performance.now() - this.since) / 1000) * this.playbackRate;
      if (now < this.duration) return now;
      this.pause(this.duration);
      this.dispatchEvent(new Event("ended"));
      return this.at;
    }
    set currentTime(seconds) {
      Object.assign(this, { at: Math.min(this.duration, Math.max(0, seconds)), since: performance.now() });
      this.dispatchEvent(new Event("timeupdate"));
    }
    play() {
      if (this.at >= this.duration) this.at = 0;
      Object.assign(this, { paused: false, since: performance.now() });
      this.dispatchEvent(new Event("play"));
      return Promise.resolve();
    }
    pause(at = this.currentTime) {
      Object.assign(this, { at, paused: true });
      this.dispatchEvent(new Event("pause"));
    }
  }

  class Player {
    constructor(root) {
      const one = (selector) => root.querySelector(selector);
      Object.assign(this, {
        root,
        duration: Number(root.dataset.duration),
        frameSeconds: Number(root.dataset.frame),
        said: one(".player-said"),
        head: one(".player-head"),
        times: one(".player-times"),
        layers: [...root.querySelectorAll("[data-layer]")],
        decoded: one(".player-decoded"),
        toggleButton: one("[data-do=toggle]"),
        loopButton: one("[data-do=loop]"),
        clockWords: one(".player-time"),
        rateValue: 1,
        chosen: null,
        looping: false,
        waiting: null,
      });
      this.hint = this.said.textContent;
      this.place();
      this.picture = this.decoded && this.decoded.querySelector("img");
      const own = one(".player-stage > video, .player-stage > audio");
      if (root.dataset.form === "decoded") this.useDecoded();
      else if (own) this.useFile(own);
      root.addEventListener("click", (event) => this.clicked(event));
      root.addEventListener("keydown", (event) => this.pressed(event));
      this.draw();
    }

    // --- where things stand: the page's policy forbids styles in its text, not those that a script sets ---

    place() {
      for (const element of this.root.querySelectorAll("[data-x]")) {
        const { x, width, lane } = element.dataset;
        element.style.left = `${x}%`;
        if (element.classList.contains("player-label")) element.style.maxWidth = `${width}%`;
        else if (Number(width)) element.style.width = `${width}%`;
        if (lane) element.style.setProperty("--lane", lane);
      }
      for (const track of this.root.querySelectorAll("[data-lanes]")) track.style.setProperty("--lanes", track.dataset.lanes);
    }

    // --- what plays ---

    useFile(element) {
      const fail = () => this.root.dataset.form !== "decoded" && this.failed(element);
      element.addEventListener("error", fail);
      // A browser that knows the sound of a file and not its picture plays on without it.
      const look = () => {
        if ("picture" in this.root.dataset && element.tagName === "VIDEO" && !element.videoWidth) fail();
      };
      element.addEventListener("loadedmetadata", look);
      this.use(element);
      if (element.error) fail();
      else if (element.readyState > 0) look();
    }

    failed(element) {
      const at = this.time;
      element.pause();
      element.remove();
      this.root.querySelector(".player-failed").hidden = false;
      this.media = null;
      if (!this.decoded) {
        for (const button of this.root.querySelectorAll(".player-tools button")) button.disabled = true;
        return;
      }
      this.waiting = null;
      this.useDecoded();
      if (at > 0) this.seek(at);
      else this.draw();
    }

    useDecoded() {
      this.root.dataset.form = "decoded";
      this.decoded.hidden = false;
      const sound = this.decoded.querySelector("audio");
      if (sound && sound.dataset.src) sound.src = sound.dataset.src;
      this.use(sound || new SilentClock(this.duration));
    }

    use(media) {
      this.media = media;
      media.playbackRate = this.rateValue;
      for (const name of ["timeupdate", "seeking", "seeked", "pause", "ended"]) media.addEventListener(name, () => this.draw());
      media.addEventListener("play", () => this.follow());
      // What is looped may reach to the end, where a clip stops by itself.
      media.addEventListener("ended", () => {
        if (!this.looping) return;
        this.seek(this.chosen[0]);
        this.play();
      });
      media.addEventListener("loadedmetadata", () => {
        if (this.waiting !== null) this.seek(this.waiting);
      });
    }

    get time() {
      return this.waiting !== null ? this.waiting : this.media ? this.media.currentTime : 0;
    }

    seek(seconds) {
      if (!this.media) return;
      const at = Math.min(Math.max(0, seconds), this.duration);
      // Before a file's length is known a browser may forget where it was to go.
      this.waiting = this.media.readyState === 0 ? at : null;
      if (this.waiting === null) this.media.currentTime = at;
      else if (this.media.preload === "none") this.media.load();
      this.draw();
    }

    play() {
      if (!this.media) return;
      // Refused where nobody has touched the page yet; its controls work all the same.
      Promise.resolve(this.media.play()).catch(() => this.draw());
    }

    toggle() {
      if (!this.media) return;
      if (this.media.paused) this.play();
      else this.media.pause();
    }

    nudge(seconds) {
      this.seek(this.time + seconds);
    }

    frame(way) {
      if (!this.media) return;
      if (!this.media.paused) this.media.pause();
      if (this.root.dataset.form !== "decoded") {
        this.nudge(way * this.frameSeconds);
        return;
      }
      const starts = this.frames().map((frame) => Number(frame.dataset.start));
      const later = starts.filter((start) => start > this.time + 0.01);
      const earlier = starts.filter((start) => start < this.time - 0.01);
      if (way > 0 && later.length) this.seek(later[0]);
      if (way < 0) this.seek(earlier.length ? earlier[earlier.length - 1] : 0);
    }

    rate(value) {
      this.rateValue = value;
      if (this.media) this.media.playbackRate = value;
      for (const button of this.root.querySelectorAll("[data-rate]")) button.setAttribute("aria-pressed", String(Number(button.dataset.rate) === value));
    }

    loop(on) {
      this.looping = on && this.chosen !== null;
      if (!this.loopButton) return;
      this.loopButton.disabled = this.chosen === null;
      this.loopButton.setAttribute("aria-pressed", String(this.looping));
      if (this.looping) this.stay();
    }

    // Back to the beginning of what is looped, once its end is reached.
    stay() {
      const [start, end] = this.chosen;
      if (this.time < start - 0.05 || this.time >= end) this.seek(start);
    }

    // --- drawing ---

    follow() {
      this.draw();
      if (!this.media || this.media.paused) return;
      if (this.looping) this.stay();
      requestAnimationFrame(() => this.follow());
    }

    draw() {
      const at = this.time;
      this.head.style.left = `${Math.min(100, (100 * at) / this.duration)}%`;
      if (this.toggleButton) this.toggleButton.textContent = this.media && !this.media.paused ? "Pause" : "Play";
      if (this.clockWords) this.clockWords.textContent = `${at.toFixed(2)} / ${words(this.duration)}`;
      if (this.root.dataset.form === "decoded") this.showFrame(at);
    }

    frames() {
      return [...this.layer().querySelectorAll(".player-frame")];
    }

    showFrame(at) {
      const shown = this.frames().filter((frame, place) => (Number(frame.dataset.start) <= at + 0.01 || place === 0) && frame.querySelector("img")).pop();
      this.picture.hidden = !shown;
      if (!shown || this.picture.dataset.of === shown.dataset.told) return;
      this.picture.dataset.of = shown.dataset.told;
      this.picture.src = shown.querySelector("img").src;
      this.picture.alt = shown.dataset.told;
    }

    // --- evidence ---

    layer() {
      return this.layers.find((layer) => !layer.hidden);
    }

    showLayer(set) {
      const wanted = this.layers[set];
      if (!wanted || !wanted.hidden) return;
      for (const layer of this.layers) layer.hidden = layer !== wanted;
      this.draw();
    }

    // Lights up what is cited, more faintly what else was checked, and goes to the first of what is cited. Frames that
    // are merely near to a time that is stated are marked as such.
    select(cited, { checked = [], near = [], times = [], set = null, name = "", seek = true } = {}) {
      if (set !== null) this.showLayer(set);
      const also = checked.filter((id) => !cited.includes(id));
      const lit = new Map();
      for (const mark of this.layer().querySelectorAll("[data-evidence]")) {
        const id = mark.dataset.evidence;
        const is = cited.includes(id) ? "true" : also.includes(id) ? "mixed" : "false";
        mark.setAttribute("aria-pressed", is);
        mark.classList.toggle("player-cited", is === "true");
        mark.classList.toggle("player-checked", is === "mixed");
        mark.classList.toggle("player-near", near.includes(id));
        if (is === "true") lit.set(id, [...(lit.get(id) || []), mark]);
      }
      this.root.classList.toggle("player-choosing", cited.length + also.length > 0);
      this.times.replaceChildren(...times.map(([start, end]) => this.band(start, end)));
      const span = this.first([...lit.values()].map(spanOf), times);
      this.chosen = span;
      this.loop(this.looping);
      if (span && seek) this.seek(span[0]);
      this.tell({ name, cited: [...lit.values()].map(([mark]) => mark.dataset.told), also: also.length, near, times, went: span && seek });
      this.announce("player:select", { cited, checked: also, set: this.layers.indexOf(this.layer()) });
    }

    clear() {
      this.select([], { seek: false });
      this.said.textContent = this.hint;
    }

    // The earliest of what is cited that is not about the whole clip; else of the times that are stated.
    first(cited, times) {
      const spans = cited.filter(([start, end]) => end - start < WHOLE * this.duration);
      const found = (spans.length ? spans : times).slice().sort((a, b) => a[0] - b[0])[0] || (cited.length ? [0, this.duration] : null);
      return found && found[0] <= this.duration ? this.loopOf(found) : null;
    }

    // What is looped of a span: an instant has no length.
    loopOf([start, end]) {
      return [start, end > start ? end : Math.min(this.duration, start + INSTANT)];
    }

    band(start, end) {
      const band = document.createElement("span");
      const percent = (at) => Math.min(100, (100 * at) / this.duration);
      band.style.left = `${percent(start)}%`;
      band.style.width = `${percent(end) - percent(start)}%`;
      band.classList.toggle("player-beyond", start > this.duration);
      return band;
    }

    tell({ name, cited, also, near, times, went }) {
      const parts = [];
      if (cited.length) parts.push(`rests on ${cited.join("; ")}`);
      else if (name) parts.push("nothing is cited");
      if (also) parts.push(`${also} other ${also === 1 ? "piece" : "pieces"} checked`);
      const stated = times.map(([start, end]) => (end > start ? `${start}–${end} s` : `${start} s`)).join(", ");
      if (stated) parts.push(`states ${stated}${near.length ? `, next to ${near.join(" and ")}` : ""}`);
      if (went) parts.push(`now at ${words(this.time)}`);
      this.said.textContent = parts.length ? `${name ? `${name}: ` : ""}${parts.join(" · ")}.` : "";
    }

    announce(type, detail) {
      this.root.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
    }

    // --- hands ---

    clicked(event) {
      const button = event.target.closest("button");
      if (button && button.dataset.evidence) this.open(button);
      else if (button && button.dataset.rate) this.rate(Number(button.dataset.rate));
      else if (button && button.dataset.do) this.act(button.dataset.do);
      else if (event.target.closest("[data-seek]")) {
        const { left, width } = event.target.closest("[data-seek]").getBoundingClientRect();
        this.seek(((event.clientX - left) / width) * this.duration);
      }
    }

    // Plays a piece of evidence from its beginning, and lights it alone or leaves what is lit.
    open(mark, { alone = true } = {}) {
      const id = mark.dataset.evidence;
      if (alone) this.select([id], { seek: false });
      const [start, end] = spanOf([mark]);
      this.chosen = this.loopOf([start, end]);
      this.loop(this.looping);
      this.said.textContent = `${mark.getAttribute("aria-label")}.`;
      this.seek(start);
      this.play();
      if (alone) this.announce("player:evidence", { id, set: this.layers.indexOf(this.layer()) });
    }

    act(what) {
      const acts = {
        toggle: () => this.toggle(), back: () => this.nudge(-1), on: () => this.nudge(1),
        "frame-back": () => this.frame(-1), "frame-on": () => this.frame(1),
        loop: () => {
          this.loop(!this.looping);
          if (this.looping) this.play();
        },
      };
      acts[what]();
    }

    pressed(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
      const keys = { " ": "toggle", k: "toggle", ArrowLeft: "back", ArrowRight: "on", ",": "frame-back", ".": "frame-on", l: "loop" };
      const what = keys[event.key];
      if (!what || !this.media) return;
      // A button is pressed by space, and a browser's own controls have keys of their own.
      if (event.key === " " && event.target.closest("button, a, summary, audio, video")) return;
      if (event.key.startsWith("Arrow") && event.target.closest("audio, video")) return;
      event.preventDefault();
      event.stopPropagation();
      this.act(what);
    }
  }

  const players = new WeakMap();
  for (const root of document.querySelectorAll("[data-player]")) players.set(root, new Player(root));
  // A clip's player, by its element; a page that brings in another clip later has it made here.
  window.cuewisePlayer = (root) => {
    if (!players.has(root)) players.set(root, new Player(root));
    return players.get(root);
  };
})();
