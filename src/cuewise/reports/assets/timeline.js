// The timeline of a sample: its evidence along one axis in seconds, and what a chosen step has to do with it.

const LANES = 12; // of one row; what overlaps more than that stands in the table only
const time = (piece) => (piece.end > piece.start ? `${piece.start.toFixed(1)}–${seconds(piece.end)}` : seconds(piece.start));
const told = (piece) => `${piece.id} (${time(piece)}${piece.text ? `, ${piece.text}` : ""})`;

// About five round numbers from 0 to the end.
const ticks = (end) => {
  const rough = end / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, at) => at * step);
};

// Pieces that overlap lie below one another: [piece, lane], and how many did not fit. What is shorter than `least`
// seconds needs the room of so many.
const lanes = (pieces, least) => {
  const ends = [];
  const placed = [];
  let left = 0;
  for (const piece of pieces) {
    let lane = ends.findIndex((end) => end <= piece.start);
    if (lane < 0) lane = ends.length;
    if (lane >= LANES) {
      left += 1;
      continue;
    }
    ends[lane] = Math.max(piece.end, piece.start + least);
    placed.push([piece, lane]);
  }
  return { placed, left, n: ends.length };
};

// Rows as [name, pieces, words on a piece, room that its shortest piece needs as a share of the axis]; annotated cues have a row per channel, in order of appearance.
const timelineRows = (evidence) => {
  const of = (kind) => evidence.filter((piece) => piece.kind === kind);
  const rows = [["Frames", of("frame"), (piece) => piece.id, 0], ["Voice", of("audio"), (piece) => piece.text, 0], ["Words", of("transcript"), (piece) => piece.text, 0],
    ["Seen", of("description"), (piece) => (piece.end > piece.start ? piece.text : piece.id), 0.06]];
  const channels = new Map();
  for (const piece of of("cue")) {
    const name = piece.channel || "cue";
    if (channels.size >= LANES && !channels.has(name)) continue;
    channels.set(name, [...(channels.get(name) || []), piece]);
  }
  for (const [name, pieces] of channels) rows.push([name, pieces, (piece) => piece.value || piece.text, 0]);
  return rows.filter(([, pieces]) => pieces.length);
};

const stepSign = (step) => {
  if (step.labels) return "label";
  if (step.decision) return signs[step.decision];
  return step.rating === undefined ? "–" : step.rating === 1 ? "✓" : step.rating === 0 ? "✗" : "◐";
};

// `columns` are [run, details] whose steps can be chosen. Gives the element and `choose(run, at)`.
const timeline = (columns, evidence) => {
  const end = evidence.reduce((last, piece) => Math.max(last, piece.start, piece.end), 0) || 1;
  const percent = (value) => `${Math.min(100, Math.max(0, (100 * value) / end))}%`;
  const place = (element, from, to) => {
    element.style.left = percent(from);
    element.style.width = percent(to - from);
    return element;
  };

  const marks = new Map();
  let left = 0;
  const tracks = timelineRows(evidence).map(([name, pieces, words, room]) => {
    const { placed, left: more, n } = lanes(pieces, room * end);
    left += more;
    const track = make("div", { class: "track" });
    track.style.height = `${n * 1.5}rem`;
    for (const [piece, lane] of placed) {
      const kind = piece.end > piece.start ? "span" : "point";
      const mark = place(make("span", { class: `${kind} ${piece.kind}`, title: told(piece), dir: "auto" }, words(piece) || piece.id), piece.start, Math.max(piece.end, piece.start));
      mark.style.top = `${lane * 1.5}rem`;
      marks.set(piece.id, mark);
      track.append(mark);
    }
    return make("div", { class: "line" }, make("span", { class: "name", dir: "auto" }, name), track);
  });
  const axis = make("div", { class: "track axis" }, ...ticks(end).map((at) => place(make("span", { class: at > 0.93 * end ? "tick last" : "tick" }, `${Number(at.toPrecision(3))} s`), at, at)));
  const stated = make("div", { class: "track stated" });

  const status = make("div", { class: "chosen", role: "status", "aria-live": "polite" });
  const choices = [];
  const unchosen = () => status.replaceChildren(make("p", { class: "fine" }, "Choose a step to see what its verdict rests on."));
  const choose = (run, at) => {
    const again = choices.find((choice) => choice.run === run && choice.at === at);
    const off = again.button.getAttribute("aria-pressed") === "true";
    for (const { button } of choices) button.setAttribute("aria-pressed", String(button === again.button && !off));
    const { step } = again;
    const cited = off ? [] : step.cites || [];
    const checked = off ? [] : step.checked || [];
    const near = off ? [] : step.near || [];
    for (const target of around(box).querySelectorAll("[data-evidence]")) {
      target.classList.toggle("cited", cited.includes(target.dataset.evidence));
      target.classList.toggle("checked", checked.includes(target.dataset.evidence));
    }
    for (const [id, mark] of marks) {
      mark.classList.toggle("cited", cited.includes(id));
      mark.classList.toggle("checked", checked.includes(id));
      mark.classList.toggle("near", near.includes(id));
    }
    box.classList.toggle("choosing", !off);
    const times = off ? [] : step.times || [];
    stated.replaceChildren(...times.map(([from, to]) => place(make("span", { class: from > end ? "beyond" : null }), Math.min(from, end), Math.min(to, end))));
    if (off) {
      unchosen();
      return;
    }
    const pieces = (ids) => ids.map((id) => evidence.find((piece) => piece.id === id)).filter(Boolean).map(told).join("; ");
    const line = (name, text) => (text ? make("div", {}, make("dt", {}, name), make("dd", { dir: "auto" }, text)) : null);
    status.replaceChildren(
      make("p", { dir: "auto" }, make("b", {}, `Step ${at + 1}${columns.length > 1 ? ` of ${runs[run].name}` : ""}: `), step.text),
      make("dl", {}, ...[
        line("Verdict", stepWords(step, runs[run].protocol)),
        line("Rests on", pieces(cited) || (step.labels ? "" : "nothing that was cited")),
        line("Also checked against", checked.length > 12 ? `all ${checked.length} other pieces, among them ${pieces(checked.slice(0, 3))}` : pieces(checked)),
        line("Times it states", times.map(([from, to]) => (to > from ? `${from}–${to} s` : `${from} s`) + (from > end ? " (after the clip ends)" : "")).join(", ")),
        line("Frames nearest to them", pieces(near)),
        line("Words it quotes", (step.quotes || []).map((quote) => `“${quote}”`).join(", ")),
      ].filter(Boolean)));
  };
  const groups = columns.filter(([, one]) => one.steps).map(([run, one]) => {
    const buttons = one.steps.map((step, at) => {
      const button = make("button", { type: "button", "aria-pressed": "false", class: stepKind(step), title: step.text.slice(0, 200),
        "aria-label": `Step ${at + 1}, ${stepWords(step, runs[run].protocol)}`, onclick: () => choose(run, at) }, `${at + 1} ${stepSign(step)}`);
      choices.push({ run, at, step, button });
      return button;
    });
    const name = columns.length > 1 ? make("span", { class: `of c${runs[run].colour}` }, make("span", { class: `swatch ${runs[run].protocol}`, "aria-hidden": "true" }), make("bdi", {}, runs[run].name)) : null;
    return make("div", { class: "choose", role: "group", "aria-label": `Steps of ${runs[run].name}` }, ...[name, ...buttons].filter(Boolean));
  });
  unchosen();

  // The drawing says nothing that the status and the table of evidence do not say in words.
  const drawing = make("div", { class: "drawing", "aria-hidden": "true" }, ...tracks,
    make("div", { class: "line" }, make("span", { class: "name" }), axis), make("div", { class: "line over" }, make("span", { class: "name" }), stated));
  const box = make("section", { class: "timeline", "aria-label": "Evidence over time" },
    make("h2", {}, "Evidence over time"), ...groups, drawing,
    make("ul", { class: "keys fine" },
      make("li", {}, make("span", { class: "key cited", "aria-hidden": "true" }), "the verdict rests on it"),
      make("li", {}, make("span", { class: "key checked", "aria-hidden": "true" }), "checked against it"),
      make("li", {}, make("span", { class: "key times", "aria-hidden": "true" }), "time that the step states")),
    left ? make("p", { class: "fine" }, `${whole(left)} more pieces overlap; they stand in the table of evidence.`) : "",
    status);
  return { element: box, choose };
};
