"""A run's digest on disk, `runs/NAME/digest.json`, beside the outcomes that it is of.

It may be deleted at any time: it is made again where it is missing, damaged, of other outcomes or of another version.
The first key of the file is the SHA-256 of all that follows it.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from cuewise import __version__
from cuewise.analysis.citing import Sense
from cuewise.analysis.columns import column, number_column, read_column, read_numbers
from cuewise.analysis.digest import Digest, Failure, RunNotes, Wording
from cuewise.analysis.inventing import Invention, Inventions
from cuewise.analysis.table import GROUNDING, LABEL_POINTS, POINTS, RunTable, SampleRow
from cuewise.records import OutcomeKind, Usage
from cuewise.runs.spending import Charge
from cuewise.scores.summary import Summary
from cuewise.whole_files import write_whole

FORMAT: Final = 3
"""Raised when how something in a digest is computed, or how it is written, changes without Cuewise's version changing.
What is in it need not be told: see `_shape`."""

_HEAD: Final = 100
"""Bytes at the start of an SQLite file that tell it from others: its id, and how often it was changed."""
SETTLED_NS: Final = 100_000_000
"""A file that was changed less long ago may change again without its time of change showing it."""

_PREFIX: Final = b'{"sha256":"'
_HEX: Final = 64

_WORDS: Final = ("kind", "cause", "labels", "status")
_WHOLE: Final = ("sample", "epoch", "steps")
_PLAIN: Final = ("characters", "tokens", "judged")
_GROUPS: Final = {"points": POINTS, "label_points": LABEL_POINTS, "grounding": GROUNDING}
_OF_SAMPLE: Final = (
    "task",
    "source",
    "label_set",
    "labels",
    "multi_label",
    "scale",
    "duration_s",
    "has_audio",
    "sound_from",
    "sound_labels",
)


def kept_digest(
    path: Path,
    outcomes: Path,
    of: Mapping[str, Any],
    make: Callable[[], Digest],
    *,
    held: bool = False,
    now_ns: Callable[[], int] = time.time_ns,
) -> Digest:
    """The digest that lies on disk, or a new one, which is kept where the folder can be written.

    Args:
        path: of the digest.
        outcomes: the file whose digest it is.
        of: what else it depends on, as plain data.
        make: makes it from the outcomes.
        held: whether this process has the run for itself, so that nothing else changes its outcomes meanwhile.
    """
    before = outcomes_state(outcomes)
    head = {
        "format": FORMAT,
        "cuewise": __version__,
        "shape": _shape(),
        "of": dict(of),
        "outcomes": [list(state) for state in before],
    }
    if (found := _read(path, head)) is not None:
        return found
    digest = make()
    settled = held or all(is_settled(changed, now_ns()) for _, changed, _ in before)
    if settled and before == outcomes_state(outcomes):
        _write(path, head, digest)
    return digest


@cache
def _shape() -> str:
    """A hash of all fields of what is kept, so that a digest without a new one is not taken for a whole one."""
    plain = TypeAdapter(tuple[Summary, SampleRow, Failure, Charge, Usage, Invention]).json_schema()
    columns = [field.name for kind in (RunTable, Wording, RunNotes, Inventions) for field in fields(kind)]
    return hashlib.sha256(to_json([plain, columns, _GROUPS])).hexdigest()


def is_settled(changed_ns: int, now_ns: int) -> bool:
    """Whether a file that was changed at that time would show it if it changed again.

    One that is dated in the future comes from a machine with another clock, and gets another time once it is written.
    """
    return not 0 <= now_ns - changed_ns <= SETTLED_NS


def outcomes_state(outcomes: Path) -> list[tuple[int, int, str]]:
    """Size, time of change and first bytes of the file, and of what is not merged into it yet.

    A time of change can be set to that of another file, as copying does on purpose; the first bytes hold what
    `OutcomeStore` draws by lot for each file.
    """
    states = []
    for path in (outcomes, outcomes.with_name(f"{outcomes.name}-wal")):
        try:
            with path.open("rb") as file:
                known, start = os.fstat(file.fileno()), file.read(_HEAD)
        except OSError:
            continue
        if known.st_size:  # an empty -wal comes and goes with whoever reads
            states.append((known.st_size, known.st_mtime_ns, start.hex()))
    return states


def _read(path: Path, head: Mapping[str, Any]) -> Digest | None:
    """What is in the file, if it is whole and begins so."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    start = len(_PREFIX) + _HEX
    told, rest = data[len(_PREFIX) : start], data[start:]
    if not data.startswith(_PREFIX) or hashlib.sha256(rest).hexdigest().encode() != told:
        return None
    document = from_json(data)
    if any(document.get(key) != value for key, value in head.items()):
        return None
    return _digest(document)


def _write(path: Path, head: Mapping[str, Any], digest: Digest) -> None:
    body = b'",' + to_json({**head, **_document(digest)})[1:]
    data = _PREFIX + hashlib.sha256(body).hexdigest().encode() + body
    try:
        write_whole(path, data)
    except OSError:
        return  # it is made again when it is asked for


def _document(digest: Digest) -> dict[str, Any]:
    table, wording = digest.table, digest.wording
    return {
        # As one text: the samples of runs on the same dataset are the same text, and are read once.
        "samples": to_json(_samples(table.samples, wording)).decode(),
        "answers": {
            "n": len(table),
            **{name: column(getattr(table, name)) for name in _WORDS},
            **{name: number_column(getattr(table, name)) for name in (*_WHOLE, *_PLAIN)},
            **{
                group: {name: number_column(values) for name, values in getattr(table, group).items()}
                for group in _GROUPS
            },
            "predicted": column(wording.predicted),
            "messages": column(wording.messages),
        },
        "framed": number_column(wording.framed.astype(np.int64)),
        "summary": digest.summary.to_json(categories=True),
        "usage": {stage: usage.model_dump() for stage, usage in digest.usage.items()},
        "failures": [asdict(failure) for failure in digest.failures],
        "notes": {
            "causes": [[*which, count] for which, count in digest.notes.causes.items()],
            "withheld": dict(digest.notes.withheld),
            "cued": digest.notes.cued,
            "unasked": digest.notes.unasked,
        },
        "answers_sha256": digest.answers_sha256,
        "charges": None if digest.charges is None else [asdict(charge) for charge in digest.charges],
        "inventions": None if digest.inventions is None else _inventions(digest.inventions),
    }


def _inventions(found: Inventions) -> dict[str, Any]:
    return {
        "steps": number_column(found.steps),
        "invented": number_column(found.invented),
        "by_sense": {sense.value: number_column(counts) for sense, counts in found.by_sense.items()},
        "examples": [[one.sample, one.step, [sense.value for sense in one.senses]] for one in found.examples],
    }


def _samples(samples: Sequence[SampleRow], wording: Wording) -> dict[str, Any]:
    return {
        "id": [sample.id for sample in samples],
        "clip": [sample.clip for sample in samples],
        **{name: column(getattr(sample, name) for sample in samples) for name in _OF_SAMPLE},
        "question": column(wording.questions),
    }


@lru_cache(maxsize=32)
def _read_samples(text: str) -> tuple[tuple[SampleRow, ...], tuple[str, ...]]:
    """Samples, and what was asked of them."""
    document = from_json(text)
    ids = document["id"]
    columns = [read_column(document[name], len(ids)) for name in _OF_SAMPLE]
    task, *others = columns
    rows = zip(ids, task, document["clip"], *others, strict=True)
    questions = read_column(document["question"], len(ids))
    return tuple(SampleRow(*row) for row in rows), tuple(questions)


def _digest(document: Mapping[str, Any]) -> Digest:
    samples, questions = _read_samples(document["samples"])
    answers, notes = document["answers"], document["notes"]
    n = answers["n"]
    charges, inventions = document["charges"], document["inventions"]
    columns: dict[str, Any] = {
        **{name: tuple(read_column(answers[name], n)) for name in _WORDS},
        **{name: read_numbers(answers[name], n, np.int64) for name in _WHOLE},
        **{name: read_numbers(answers[name], n) for name in _PLAIN},
        **{
            group: {name: read_numbers(answers[group][name], n) for name in names}
            for group, names in _GROUPS.items()
        },
    }
    return Digest(
        table=RunTable(samples=samples, **columns),
        wording=Wording(
            questions=questions,
            framed=read_numbers(document["framed"], len(samples), np.bool_),
            predicted=tuple(read_column(answers["predicted"], n)),
            messages=tuple(read_column(answers["messages"], n)),
        ),
        summary=Summary.from_json(document["summary"]),
        usage={stage: Usage.model_validate(usage) for stage, usage in document["usage"].items()},
        failures=tuple(
            Failure(**{**each, "kind": OutcomeKind(each["kind"])}) for each in document["failures"]
        ),
        notes=RunNotes(
            causes=Counter({(kind, cause): count for kind, cause, count in notes["causes"]}),
            withheld=Counter(notes["withheld"]),
            cued=notes["cued"],
            unasked=notes["unasked"],
        ),
        answers_sha256=document["answers_sha256"],
        charges=None if charges is None else tuple(Charge(**each) for each in charges),
        inventions=None if inventions is None else _read_inventions(inventions, n),
    )


def _read_inventions(packed: Mapping[str, Any], n: int) -> Inventions:
    return Inventions(
        steps=read_numbers(packed["steps"], n, np.int64),
        invented=read_numbers(packed["invented"], n, np.int64),
        by_sense={
            Sense(name): read_numbers(counts, n, np.int64) for name, counts in packed["by_sense"].items()
        },
        examples=tuple(
            Invention(sample, step, tuple(map(Sense, senses))) for sample, step, senses in packed["examples"]
        ),
    )
