// A sample's page: frames, timeline, and per run its label reading, steps, votes, answer and evidence.

const page = byId("sample");

const neighbours = (run, place) => {
  const listed = state.list.includes(place) ? state.list : [...samples.keys()].filter((at) => rows[run][at] !== 0);
  const list = listed.filter(isShown);
  const at = list.indexOf(place);
  return { previous: list[at - 1], next: list[at + 1], at, n: list.length };
};

// --- steps and what is said of them ---

const stepKind = (step) => {
  if (step.labels || step.again || step.rating === undefined) return "open";
  if (step.decision) return { supported: "right", contradicted: "wrong" }[step.decision] || "open";
  return step.rating === 1 ? "right" : step.rating === 0 ? "wrong" : "open";
};
const labelWords = (labels) => (labels.length ? labels.join(", ") : "no candidate");
const sureWords = (step) => (step.sure === undefined ? [] : [`${Math.round(100 * step.sure)} % sure`]);

// A verdict in words: decision, whether it bears on the label, points, how sure the judge is.
const stepWords = (step, protocol) => {
  if (step.rating === undefined) return step.labels ? `label: ${labelWords(step.labels)}, not judged` : "not judged";
  const grounded = protocol === "grounded";
  if (step.labels) {
    const parts = [`label: ${labelWords(step.labels)}`];
    if (step.read) parts.push(`the judge reads ${labelWords(step.read)}`);
    else if (!grounded) parts.push(`rated ${step.rating}`);
    if (grounded) parts.push("earns nothing as a reason");
    return [...parts, ...sureWords(step)].join(", ");
  }
  const parts = step.decision ? [step.decision] : [];
  if (step.relevant !== undefined) parts.push(step.relevant ? "bears on the label" : "does not bear on the label");
  if (step.repeats) parts.push(`says again what step ${step.repeats} said`);
  if (step.again) parts.push(`${step.repeats ? "" : "said before, "}does not count`);
  else parts.push(grounded ? (step.rating ? `earns ${step.rating}` : "earns nothing") : `rated ${step.rating}`);
  return [...parts, ...sureWords(step)].join(", ");
};

// Where runs have evidence of their own, an id is that of the run beside which it stands.
const around = (element) => {
  const own = element.closest(".columns > section");
  return own && own.querySelector(".timeline") ? own : page;
};

const pointAt = (id, from) => {
  const targets = around(from).querySelectorAll(`[data-evidence="${CSS.escape(id)}"]`);
  for (const old of page.querySelectorAll(".hit")) old.classList.remove("hit");
  for (const target of targets) target.classList.add("hit");
  if (targets.length) targets[0].scrollIntoView({ block: "center", inline: "center" });
};

const citeButtons = (ids, evidence) => ids.map((id) => {
  const piece = evidence.find((one) => one.id === id);
  const when = piece ? ` ${time(piece)}` : "";
  return make("button", { type: "button", class: "cite", title: piece ? piece.text || "frame" : null, "aria-label": `Show evidence ${id}${when && `, ${when}`}`, onclick: (event) => pointAt(id, event.currentTarget) },
    id, make("small", {}, when));
});

// Each judge's own verdict on a step.
const voteList = (votes, at, evidence, protocol) => {
  const lines = votes.filter(([, , verdicts]) => verdicts[at]).map(([judge, repeat, verdicts]) => {
    const labels = verdicts[at].read;
    const said = labels ? `reads ${labelWords(labels)}` : stepWords(verdicts[at], protocol);
    const often = votes.filter(([name]) => name === judge).length > 1;
    return make("li", { dir: "auto" },
      labels ? "" : make("span", { class: `sign ${stepKind(verdicts[at])}`, "aria-hidden": "true" }, `${stepSign(verdicts[at])} `),
      make("b", {}, often ? `${judge}, judgement ${repeat + 1}` : judge), `: ${said}`, verdicts[at].reason ? ` · ${verdicts[at].reason}` : "",
      ...citeButtons(verdicts[at].cites || [], evidence));
  });
  const all = lines.length;
  const ways = new Set(votes.map(([, , verdicts]) => verdicts[at] && `${verdicts[at].rating} ${verdicts[at].decision || ""}`)).size;
  return make("details", { class: "votes" }, make("summary", {}, `${all} judgements, ${ways === 1 ? "all alike" : "not alike"}`), make("ul", {}, ...lines));
};

const stepItem = (step, at, told, run, choose) => {
  const evidence = told.evidence || [];
  const kind = stepKind(step);
  const number = make("button", { type: "button", class: `number ${kind}`, disabled: !choose, "aria-label": `Show step ${at + 1} on the timeline`, onclick: choose && (() => choose(run, at)) },
    `${at + 1}`, make("span", { class: "sign", "aria-hidden": "true" }, step.labels ? "" : ` ${stepSign(step)}`));
  return make("li", {}, number,
    make("div", {},
      make("p", { dir: "auto" }, step.text),
      make("p", { class: "verdict", dir: "auto" },
        make("span", { class: kind }, stepWords(step, runs[run].protocol)), step.reason ? ` · ${step.reason}` : "", ...citeButtons(step.cites || [], evidence)),
      told.votes ? voteList(told.votes, at, evidence, runs[run].protocol) : ""));
};

// How the label was read, without a judge.
const readingLine = (told, row) => {
  const { reading, levels } = told;
  if (!reading) return null;
  const parts = [statuses[reading.status]];
  if (row[PREDICTED] !== null && groups[row[PREDICTED]].length) parts.push(words(row[PREDICTED]));
  if (reading.means) parts.push(means[reading.means]);
  parts.push(reading.doubt ? "the wording leaves doubt" : "certain");
  if (reading.outside) parts.push(`outside the candidates: ${reading.outside.join(", ")}`);
  parts.push(`read from the ${reading.from === "step" ? "extractor’s last step" : "answer"}`);
  const level = (name, points) => (points === null ? [] : [`${name} ${points === 100 ? "right" : points === 0 ? "wrong" : `${points} %`}`]);
  if (levels) parts.push(...level("family", levels[0]), ...level("valence", levels[1]));
  return make("p", { class: "reading", dir: "auto" }, make("b", {}, "Label reading: "), parts.join(" · "));
};

const withheldNote = (told) => (told.withheld
  ? make("p", { class: "caution", dir: "auto" }, make("b", {}, "Withheld from the judge: "), told.withheld.join("; "))
  : null);

const evidenceTable = (list) => {
  const caption = "Sound, words, descriptions and annotated cues";
  const told = list.filter((piece) => piece.kind !== "frame");
  if (!told.length) return make("p", { class: "fine" }, "Frames only.");
  const lines = told.map((piece) => make("tr", { "data-evidence": piece.id },
    make("th", { scope: "row" }, piece.id),
    make("td", { class: "num" }, time(piece)),
    make("td", { dir: "auto" }, piece.text || DASH)));
  return make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    make("table", {}, make("caption", {}, make("span", {}, caption)),
      make("thead", {}, make("tr", {}, ...["Id", "Time", "What"].map((name) =>
        make("th", { scope: "col", class: name === "Time" ? "num" : null }, name)))),
      make("tbody", {}, ...lines)));
};

const frameStrip = (run, place, list) => {
  const frames = list.filter((piece) => piece.kind === "frame");
  if (!frames.length) return [];
  let missing = 0;
  const items = frames.map((piece) => {
    const source = picture(run, place, piece.id);
    const name = `${piece.id} · ${seconds(piece.start)}`;
    missing += source === null;
    return source
      ? make("li", { "data-evidence": piece.id }, make("img", { src: source, alt: `Frame ${piece.id} at ${seconds(piece.start)}` }), name)
      : make("li", { "data-evidence": piece.id, class: "blank" }, name);
  });
  const note = missing ? make("p", { class: "fine" }, "Not every frame is embedded in this file; the workspace holds them all.") : null;
  return [make("ul", { class: "strip", "aria-label": "Frames", tabindex: "0" }, ...items), note];
};

const marks = (row) => {
  const entries = [["Predicted", predictedWords(row)], ["Recognition", fixed(row[RECOGNITION])], ["Reasoning", fixed(row[REASONING])],
    ["CoT", fixed(row[COT])]];
  if (row[TOKENS] !== null) entries.push(["Answer tokens", whole(row[TOKENS])]);
  return make("dl", { class: "marks" }, ...entries.map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", { dir: "auto" }, value))));
};

// All answers to a sample that was asked several times, each a link to its page.
const answerTable = (run, place, answer) => {
  const list = rows[run][place][ANSWERS];
  if (!list) return null;
  const shown = list.indexOf(chosenAnswer(rows[run][place], answer));
  const lines = list.map((row, at) => make("tr", { class: at === shown ? "shown" : null },
    make("th", { scope: "row" }, make("a", { href: `#/run/${current.run}/sample/${place}/answer/${at + 1}`, "aria-current": at === shown ? "true" : null }, `Answer ${at + 1}`)),
    make("td", { dir: "auto", class: { right: "right", wrong: "wrong" }[standing(row)] }, standing(row) === "unscored" ? outcomeWords(row) : predictedWords(row)),
    ...[RECOGNITION, REASONING, COT].map((column) => make("td", { class: "num" }, fixed(row[column])))));
  const whose = runsWith(place) === 1 ? [] : [make("span", { class: `swatch ${runs[run].protocol}`, "aria-hidden": "true" }), make("bdi", {}, runs[run].name), ": "];
  return make("div", { class: `scroll answers c${runs[run].colour}`, role: "region", tabindex: "0", "aria-label": `Answers of ${runs[run].name}` },
    make("table", { class: "compact" }, make("caption", {}, make("span", {}, ...whose, `${list.length} answers to this sample; all below is of answer ${shown + 1}`)),
      make("thead", {}, make("tr", {}, ...["Answer", "Predicted", "Recognition", "Reasoning", "CoT"].map((name, at) =>
        make("th", { scope: "col", class: at > 1 ? "num" : null }, name)))),
      make("tbody", {}, ...lines)));
};

const runColumn = (run, place, answer, told, shared) => {
  const row = chosenAnswer(rows[run][place], answer);
  const message = row[MESSAGE] === null ? null : make("p", { dir: "auto" }, word(row[MESSAGE]));
  const own = !shared && told.evidence ? timeline([[run, told]], told.evidence) : null;
  const choose = (own || shared || {}).choose;
  const show = choose && ((...step) => {
    choose(...step);
    (own || shared).element.scrollIntoView({ block: "nearest" });
  });
  const parts = [
    make("div", { class: "head" },
      make("h2", {}, make("span", { class: "swatch", "aria-hidden": "true" }), make("bdi", {}, runs[run].name)),
      make("span", { class: "badge quiet" }, runs[run].rules),
      runs[run].badge ? make("span", { class: "badge" }, runs[run].badge) : null,
      make("span", { class: { right: "right", wrong: "wrong" }[standing(row)] },
        word(row[KIND]) === "scored" ? standing(row) : outcomes[word(row[KIND])])),
    make("p", { class: "clip-id", dir: "auto" }, runs[run].model + (told.sent ? `, sent ${told.sent.join(" and ")}` : "")),
    message, marks(row), readingLine(told, row), withheldNote(told)];
  if (own) parts.push(...frameStrip(run, place, told.evidence), own.element);
  if (told.steps) parts.push(make("h3", {}, "Steps and verdicts"), make("ol", { class: "steps" }, ...told.steps.map((step, at) => stepItem(step, at, told, run, show))));
  if (told.answer) {
    parts.push(make("h3", {}, "Answer"), make("div", { class: "text", dir: "auto", tabindex: "0" }, told.answer));
    if (told.whole) parts.push(make("p", { class: "fine" }, `The first ${whole(told.answer.length)} of ${whole(told.whole)} characters; the run's store holds the whole answer.`));
  }
  if (told.thinking) parts.push(make("details", {}, make("summary", {}, "Thinking"), make("div", { class: "text", dir: "auto" }, told.thinking)));
  if (own) parts.push(make("h3", {}, "Evidence"), evidenceTable(told.evidence));
  if (told.usage) {
    const used = told.usage.map(([stage, calls, into, out]) => {
      const tokens = into === null && out === null ? "" : `, ${whole(into)} tokens in, ${whole(out)} out`;
      return `${stage}: ${calls} ${calls === 1 ? "call" : "calls"}${tokens}`;
    });
    parts.push(make("p", { class: "fine" }, used.join(" · ")));
  }
  const only = runsWith(place) === 1 ? "single " : "";
  return make("section", { class: `${only}c${runs[run].colour}` }, ...parts.filter(Boolean));
};

const candidateChips = (place, answer) => {
  const { gold, candidates } = sample(place);
  const asking = [...runs.keys()].filter((run) => rows[run][place] !== 0);
  const chips = candidates.map((candidate) => {
    const n = asking.map((run) => chosenAnswer(rows[run][place], answer)[PREDICTED]).filter((said) => said !== null && labelsOf(said).includes(candidate)).length;
    const notes = [];
    if (gold.includes(candidate)) notes.push("gold");
    if (n) notes.push(asking.length === 1 ? "predicted" : `predicted by ${n} of ${asking.length}`);
    return make("li", { class: gold.includes(candidate) ? "gold" : null, dir: "auto" }, candidate,
      notes.length ? make("small", {}, notes.join(", ")) : null);
  });
  return make("ul", { class: "chips", "aria-label": "Candidate labels" }, ...chips);
};

const trail = (run, place) => {
  const { previous, next, at, n } = neighbours(run, place);
  const go = (to, text, key) => make("button", { type: "button", disabled: to === undefined, title: `Key: ${key}`, onclick: () => open(run, to) }, text);
  return make("div", { class: "trail" },
    make("a", { href: "#samples" }, "← All samples"),
    make("div", { class: "move" }, go(previous, "Previous", "k or ←"),
      make("span", { class: "fine" }, at < 0 ? "" : `${whole(at + 1)} of ${whole(n)}`), go(next, "Next", "j or →")));
};
const open = (run, place) => {
  if (place !== undefined) location.hash = `#/run/${run}/sample/${place}`;
};

const say = (heading, text) => page.replaceChildren(
  make("div", { class: "trail" }, make("a", { href: "#samples" }, "← All samples")),
  make("h1", { tabindex: "-1" }, heading), make("p", {}, text));

let asked = 0;
const showSample = async (run, place, answer) => {
  const turnNow = (asked += 1);
  if (!(run in runs) || !(place in samples) || rows[run][place] === 0) {
    say("No such sample", "The link names a sample that this report does not hold.");
    return;
  }
  if (!isShown(place)) {
    say(shortName(place), "This sample is in the table only, to keep the file small. The run's store holds its details.");
    return;
  }
  // The run that was asked for stands first.
  const order = [run, ...runs.keys()].filter((at, i, all) => all.indexOf(at) === i && rows[at][place] !== 0);
  let told;
  try {
    told = (await Promise.all(order.map((at) => details(at, place)))).map((one) => (Array.isArray(one) ? one[Math.min(answer, one.length - 1)] : one));
  } catch (error) {
    say("Cannot be unpacked", "This browser cannot unpack the sample's details; a newer one can.");
    return;
  }
  if (turnNow !== asked) return;
  const { heading, task, question } = sample(place);
  const lists = told.map((one) => JSON.stringify(one.evidence || []));
  const shared = lists.every((list) => list === lists[0]);
  const evidence = (shared && told[0].evidence) || [];
  const line = evidence.length ? timeline(order.map((at, i) => [at, told[i]]), evidence) : null;
  page.replaceChildren(...[
    trail(run, place),
    make("h1", { tabindex: "-1", dir: "auto" }, heading),
    make("p", { class: "clip-id" }, task),
    make("details", {}, make("summary", {}, "Question"), make("p", { class: "question", dir: "auto" }, question)),
    candidateChips(place, answer),
    make("div", { class: "pairs" }, ...order.map((at) => answerTable(at, place, answer))),
    ...frameStrip(order[0], place, evidence),
    line && line.element,
    make("div", { class: "columns" }, ...order.map((at, i) => runColumn(at, place, answer, told[i], shared ? line || {} : null))),
    ...(evidence.length ? [make("h2", {}, "Evidence"), evidenceTable(evidence)] : []),
    make("p", { class: "fine" }, "Keys: ", make("kbd", {}, "j"), " or ", make("kbd", {}, "→"), " next, ", make("kbd", {}, "k"), " or ",
      make("kbd", {}, "←"), " previous, ", make("kbd", {}, "Esc"), " back to the table"),
  ].filter(Boolean));
};
