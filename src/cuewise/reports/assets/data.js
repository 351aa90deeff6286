// What the page is given, and how it is read. Whatever came from a model or a dataset is set as text, never as markup.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const byId = (id) => document.getElementById(id);
const index = read("data-index");
const { strings, samples, rows, runs } = index;
const { outcomes, statuses, means, signs } = index.words;
const DASH = "–";
const PAGE = 50;
// Columns of a row, as the report's writer packs them.
const [KIND, PREDICTED, RECOGNITION, REASONING, COT, STEPS, TOKENS, MESSAGE, STATUS, ANSWERS] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

const word = (at) => strings[at];
const words = (list) => list.map(word).join(", ");
// A sample's id begins with its task, which stands beside it wherever the name is shown.
const shortName = (place) => {
  const [id, task] = samples[place];
  return id.startsWith(`${word(task)}/`) ? id.slice(word(task).length + 1) : id;
};
const sample = (place) => {
  const [, task, gold, candidates, question] = samples[place];
  return { heading: shortName(place), task: word(task), gold: gold.map(word), candidates: candidates.map(word), question: word(question) };
};
const fixed = (value) => (value === null || value === undefined ? DASH : value.toFixed(1));
const whole = (value) => (value === null || value === undefined ? DASH : value.toLocaleString("en"));
const seconds = (value) => `${value.toFixed(1)} s`;
// A sample that was asked several times has a row of each answer; any other is its own only answer.
const answersOf = (row) => row[ANSWERS] || [row];
const chosenAnswer = (row, answer) => answersOf(row)[Math.min(answer, answersOf(row).length - 1)];
const anyRepeated = rows.some((run) => run.some((row) => row !== 0 && row[ANSWERS]));
// How many answers have what the sample's row has in a column; empty where all do.
const howMany = (row, column) => {
  const alike = answersOf(row).filter((one) => String(one[column]) === String(row[column])).length;
  return alike === answersOf(row).length ? "" : ` (${alike} of ${answersOf(row).length})`;
};
const predictedWords = (row) =>
  (row[PREDICTED] === null ? DASH : row[PREDICTED].length ? words(row[PREDICTED]) : "no candidate") + howMany(row, PREDICTED);
const outcomeWords = (row) => outcomes[word(row[KIND])] + howMany(row, KIND);
const standing = (row) => {
  if (row[RECOGNITION] === null) return "unscored";
  return row[RECOGNITION] === 100 ? "right" : row[RECOGNITION] === 0 ? "wrong" : "partly right";
};

// A new element; children are elements or text.
const make = (tag, properties, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

// --- details, unpacked block by block when a sample is opened ---

const ordinal = index.shown === null ? null : new Map(index.shown.map((place, at) => [place, at]));
const packed = runs.map(() => null);
const blocks = new Map();
const isShown = (place) => ordinal === null || ordinal.has(place);

const inflate = async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
};
const details = async (run, place) => {
  if (!isShown(place) || rows[run][place] === 0) return null;
  const at = ordinal === null ? place : ordinal.get(place);
  const block = Math.floor(at / index.block);
  const key = `${run}/${block}`;
  if (!blocks.has(key)) {
    packed[run] = packed[run] || read(`data-details-${run}`);
    blocks.set(key, inflate(packed[run][block]));
  }
  return (await blocks.get(key))[at % index.block];
};

let pictures = null;
const picture = (run, place, id) => {
  pictures = pictures || read("data-frames");
  const at = (pictures.frames[run][place] || {})[id];
  return at === undefined ? null : `data:image/jpeg;base64,${pictures.jpegs[at]}`;
};
