// What the page is given, and how it is read. Whatever came from a model or a dataset is set as text, never as markup.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const byId = (id) => document.getElementById(id);
const index = read("data-index");
const { strings, groups, runs } = index;
const { outcomes, statuses, means, signs } = index.words;
const DASH = "–";
const PAGE = 50;
// Columns of a sample and of a row, as the report's writer packs them.
const [TASK, GOLD, CANDIDATES, QUESTION, ID] = [0, 1, 2, 3, 4];
const [KIND, PREDICTED, RECOGNITION, REASONING, COT, STEPS, TOKENS, MESSAGE, STATUS, ANSWERS] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

const word = (at) => strings[at];
const labelsOf = (group) => groups[group].map(word);
const words = (group) => labelsOf(group).join(", ");
// Filled before anything is shown: see `unpack`.
const samples = [];
const rows = runs.map(() => []);
// A sample's id begins with its task, which stands beside it wherever the name is shown.
const shortName = (place) => {
  const id = samples[place][ID];
  const task = `${word(samples[place][TASK])}/`;
  return id.startsWith(task) ? id.slice(task.length) : id;
};
const sample = (place) => {
  const one = samples[place];
  return { heading: shortName(place), task: word(one[TASK]), gold: labelsOf(one[GOLD]), candidates: labelsOf(one[CANDIDATES]), question: word(one[QUESTION]) };
};
const fixed = (value) => (value === null || value === undefined ? DASH : value.toFixed(1));
const whole = (value) => (value === null || value === undefined ? DASH : value.toLocaleString("en"));
const seconds = (value) => `${value.toFixed(1)} s`;
// A sample that was asked several times has a row of each answer; any other is its own only answer.
const answersOf = (row) => row[ANSWERS] || [row];
const chosenAnswer = (row, answer) => answersOf(row)[Math.min(answer, answersOf(row).length - 1)];
const anyRepeated = () => index.rows.some((run) => run.answers !== null);
// How many answers have what the sample's row has in a column; empty where all do.
const howMany = (row, column) => {
  const alike = answersOf(row).filter((one) => String(one[column]) === String(row[column])).length;
  return alike === answersOf(row).length ? "" : ` (${alike} of ${answersOf(row).length})`;
};
const predictedWords = (row) =>
  (row[PREDICTED] === null ? DASH : groups[row[PREDICTED]].length ? words(row[PREDICTED]) : "no candidate") + howMany(row, PREDICTED);
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

// --- what is packed ---

const inflate = async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")));
};
// Rows of columns. A column is its different values and the bytes of a code, lowest first; the codes of all lie together.
const unpackRows = async ({ n, columns, codes }) => {
  const bytes = new Uint8Array(await (await inflate(codes)).arrayBuffer());
  const made = Array.from({ length: n }, () => new Array(columns.length));
  let start = 0;
  columns.forEach(([values, width], column) => {
    for (let row = 0; row < n; row += 1) {
      let code = 0;
      for (let at = width - 1; at >= 0; at -= 1) code = code * 256 + bytes[start + at * n + row];
      made[row][column] = values[code];
    }
    start += width * n;
  });
  return made;
};
// The sample table: a row of each run for each sample, 0 where it has none.
const unpack = async () => {
  const ids = await (await inflate(index.ids)).json();
  for (const one of await unpackRows(index.samples)) samples.push(one);
  samples.forEach((one, place) => { one[ID] = ids[place]; });
  await Promise.all(index.rows.map(async (packed, run) => {
    const own = await unpackRows(packed.rows);
    const answers = packed.answers && await unpackRows(packed.answers);
    rows[run] = packed.places === null ? own : samples.map(() => 0);
    let first = 0;
    own.forEach((row, at) => {
      if (answers) {
        const asked = row[ANSWERS];
        row[ANSWERS] = asked > 1 ? answers.slice(first, first + asked) : null;
        first += asked;
      }
      if (packed.places !== null) rows[run][packed.places[at]] = row;
    });
  }));
};

// --- details, unpacked block by block when a sample is opened ---

const ordinal = new Map(index.shown.map((place, at) => [place, at]));
const isShown = (place) => ordinal.has(place);
const blocks = new Map();
let packedBlocks = null;

const details = async (run, place) => {
  if (!isShown(place) || rows[run][place] === 0) return null;
  const at = ordinal.get(place);
  const block = Math.floor(at / index.block);
  if (!blocks.has(block)) {
    packedBlocks = packedBlocks || read("data-details");
    blocks.set(block, inflate(packedBlocks[block]).then((response) => response.json()));
  }
  return (await blocks.get(block))[at % index.block][run];
};

let pictures = null;
const picture = (run, place, id) => {
  pictures = pictures || read("data-frames");
  const at = (pictures.frames[run][place] || {})[id];
  return at === undefined ? null : `data:image/jpeg;base64,${pictures.jpegs[at]}`;
};
