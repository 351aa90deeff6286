"""Give every entry its candidates, find its gold labels among them, and make a sample of it.

An entry that names its candidates keeps them. Any other gets published ones (`choose_candidates`), so that the
same question is asked of one's own clips as of the benchmark's: candidates taken from a file would be fewer and
the question easier, and every typing error would be one of them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cuewise.labels import same_label
from cuewise.records import Clip, Sample
from cuewise.samples.entries import Draft, EntryError
from cuewise.samples.problems import Problem, printable
from cuewise.samples.tasks import Source, Task

MIN_OWN_LABELS: Final = 2
MIN_CLIPS_OF_OWN_LABEL: Final = 2
"""What tells a vocabulary of one's own from errors: so many labels, each of so many clips; see `choose_candidates`."""
CLOSE: Final = 0.5
"""From this similarity on (0 to 1, of `difflib`), a label may be a candidate misspelt: `saad` is to `Sadness`."""
COMPARED: Final = 40
"""Characters of a label that are compared with published ones, which have fewer."""
LABELS_TOLD: Final = 3
"""How many labels of a file a message quotes as examples."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What an entry without a `label_set` is asked with."""

    labels: tuple[str, ...]
    owner: str | None
    """Task, or corpus and task, that they were published or defined for; None for a file's own labels."""


def choose_candidates(drafts: Sequence[Draft]) -> tuple[dict[int, Candidates], list[Problem]]:
    """Candidates for the drafts that name none, by position, and what to tell of whole files.

    - A clip of a task of one's own: the labels that define it.
    - A clip under the folder of one of the task's corpora: that corpus's.
    - Another clip, where all corpora of the task have the same candidates: these, in the order of the first
      corpus. Only where two or more labels, of two or more clips each, resemble none of them does the file
      evidently use labels of its own: then all that occur in it, in alphabetical order, which is told.
    - Another clip of a task whose corpora differ: none, since nobody can tell which are meant.
    """
    groups: dict[tuple[str, str | None], list[int]] = {}
    for at, item in enumerate(drafts):
        if item.label_set is None:
            known = {source.name for source in item.task.sources}
            groups.setdefault((item.task.name, item.source if item.source in known else None), []).append(at)
    chosen: dict[int, Candidates] = {}
    problems: list[Problem] = []
    for (name, corpus), members in groups.items():
        task = drafts[members[0]].task
        if task.own:
            chosen.update(dict.fromkeys(members, Candidates(task.labels, name)))
            continue
        source = next((source for source in task.sources if source.name == corpus), None)
        if source is None and not _differ(task.sources):
            own = _own_labels([drafts[at] for at in members], task.sources[0].label_set)
            candidates = Candidates(task.sources[0].label_set, name)
            if own:
                candidates = Candidates(_gathered(drafts[at] for at in members), None)
                problems.append(_own_used(drafts[members[0]], own, candidates.labels))
        elif source is not None:
            owner = f"{corpus} in {name}" if _differ(task.sources) else name
            candidates = Candidates(source.label_set, owner)
        else:
            continue
        chosen.update(dict.fromkeys(members, candidates))
    return chosen, problems


def _differ(sources: Iterable[Source]) -> bool:
    return len({frozenset(source.label_set) for source in sources}) > 1


def _own_labels(drafts: Sequence[Draft], published: tuple[str, ...]) -> list[str]:
    """Labels that are evidently meant and are none of those published; none where they may be errors."""
    clips: dict[str, set[str]] = {}
    for item in drafts:
        for label in _own(item):
            clips.setdefault(label.casefold(), set()).add(item.clip_id)
    own = [
        label
        for label, bearers in clips.items()
        if len(bearers) >= MIN_CLIPS_OF_OWN_LABEL
        and _same_word(label, published) is None
        and _closest(label, published) is None
    ]
    return own if len(own) >= MIN_OWN_LABELS else []


def _own(item: Draft) -> tuple[str, ...]:
    """The gold labels that may be candidates of the file; several in one are none."""
    labels = _split(item)
    if item.task.multi_label:
        return labels
    return labels if len(labels) == 1 and len(_several(labels[0])) == 1 else ()


def _gathered(drafts: Iterable[Draft]) -> tuple[str, ...]:
    """All labels in alphabetical order, one spelling of each: that of its first use."""
    spelled: dict[str, str] = {}
    for label in (label for item in drafts for label in _own(item)):
        spelled.setdefault(label.casefold(), label)
    return tuple(sorted(spelled.values()))


def _own_used(first: Draft, own: Sequence[str], labels: Sequence[str]) -> Problem:
    task = first.task.name
    such = printable(", ".join(own[:LABELS_TOLD]))
    return Problem(
        first.where.rpartition(", ")[0],
        f"gives no `label_set`, and labels such as {such} are none of {task}'s: its clips for {task} are asked with "
        f"the {len(labels)} labels that occur in it ({printable(', '.join(labels), 200)})",
        "give a `label_set` with all candidates, or define a task of your own, if there are others",
        note=True,
    )


# --- gold labels among candidates --------------------------------------------------------------------


def to_sample(item: Draft, chosen: Candidates | None, audio_clue: str | None) -> Sample:
    """The sample of a draft; its clip has no path yet.

    Args:
        item: the draft.
        chosen: its candidates where it names none itself.
        audio_clue: what is known of the clip's sound.

    Raises:
        EntryError: it has no candidates, or its labels do not fit them or the task.
    """
    if item.label_set is not None:
        chosen = Candidates(_own_part(item.label_set, item.task), None)
    if chosen is None:
        corpora = ", ".join(source.name for source in item.task.sources)
        raise EntryError(
            f"names no candidates, and those of {item.task.name} differ by corpus",
            f"give a `label_set`, or put the clip under a folder named after its corpus ({corpora})",
        )
    return Sample(
        id=f"{item.task.name}/{item.clip_id}",
        task=item.task.name,
        clip=Clip(id=item.clip_id),
        question=item.question,
        label_set=chosen.labels,
        labels=_gold_labels(item, chosen),
        multi_label=item.task.multi_label,
        source=item.source,
        transcript=item.transcript,
        audio_clue=audio_clue,
        cues=item.cues,
        scale=tuple(label for label in item.task.scale if label in chosen.labels) if item.task.own else (),
        synonyms=tuple(entry for entry in item.task.synonyms if entry[0] in chosen.labels),
    )


def _own_part(label_set: tuple[str, ...], task: Task) -> tuple[str, ...]:
    """An entry's candidates; those of a task of one's own must be among its labels, and take their spelling."""
    if not task.own:
        return label_set
    found = [_spelled(label, task.labels) for label in label_set]
    for label, spelled in zip(label_set, found, strict=True):
        if spelled is None:
            raise EntryError(
                f"the candidate {printable(label)!r} is none of {task.name}'s labels"
                f" ({printable(', '.join(task.labels), 200)})",
                "mend the `label_set`, or add the label to the task file",
            )
    return tuple(spelled for spelled in found if spelled is not None)


def _gold_labels(item: Draft, candidates: Candidates) -> tuple[str, ...]:
    if isinstance(item.labels, str) and (whole := _spelled(item.labels, candidates.labels)):
        return (whole,)
    parts = _split(item)
    if not parts:
        raise EntryError("has no label", "give a `label`")
    if not item.task.multi_label:
        listed = parts if len(parts) > 1 else _several(parts[0])
        if len(listed) > 1 and not (len(parts) == 1 and _spelled(parts[0], candidates.labels)):
            raise EntryError(
                f"has {len(listed)} labels, and {item.task.name} takes one",
                "give one label, or use a multi-label task",
            )
    labels = tuple(_candidate(part, candidates, item.task) for part in parts)
    if len(set(labels)) < len(labels):
        raise EntryError("names a gold label twice", "name every gold label once")
    return labels


def _candidate(label: str, candidates: Candidates, task: Task) -> str:
    """The candidate that a gold label is, in the candidate's spelling.

    Case does not count. Nor does the form of the word where the candidates are published ones, which the file
    does not show: `angry` is ER-Lab's `Anger`. What only means the same, such as `joy` for `Happiness`, is not it.
    """
    found = _spelled(label, candidates.labels)
    if found is None and candidates.owner:
        found = _same_word(label, candidates.labels)
    if found is not None:
        return found
    close = _closest(label, candidates.labels)
    known = f" ({printable(', '.join(candidates.labels), 200)})"
    if candidates.owner:
        known = f", those of {candidates.owner} ({', '.join(candidates.labels)})"
    hints = [f"did you mean {printable(close)}? "] if close else []
    hints.append("mend the label")
    hints.append(
        (
            ", or add it to the task file"
            if task.own
            else ", or give a `label_set` if these labels are your own"
        )
        if candidates.owner
        else " or the label_set"
    )
    if task.separator:
        hints.append(f"; several labels are joined by {task.separator!r}")
    raise EntryError(f"the label {printable(label)!r} is not among its candidates{known}", "".join(hints))


def _split(item: Draft) -> tuple[str, ...]:
    if isinstance(item.labels, tuple):
        return item.labels
    if item.task.separator is None:
        return (item.labels,)
    return tuple(part.strip() for part in item.labels.split(item.task.separator) if part.strip())


def _several(label: str) -> list[str]:
    """What a label would be if it were several in one."""
    return [part for part in re.split("[;,]", label) if part.strip()] or [label]


def _spelled(label: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `label` is but for case."""
    wanted = label.casefold()
    return next((candidate for candidate in candidates if candidate.casefold() == wanted), None)


def _same_word(label: str, candidates: tuple[str, ...]) -> str | None:
    """The candidate that is the same word or words, if exactly one is."""
    return _same_short_word(label, candidates) if len(label) <= COMPARED else None


@lru_cache(maxsize=1024)  # the same few labels come again and again
def _same_short_word(label: str, candidates: tuple[str, ...]) -> str | None:
    same = [candidate for candidate in candidates if same_label(label, candidate)]
    return same[0] if len(same) == 1 else None


def _closest(label: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `label` may be misspelt."""
    by_key = {candidate[:COMPARED].casefold(): candidate for candidate in candidates}
    close = difflib.get_close_matches(label[:COMPARED].casefold(), by_key, n=1, cutoff=CLOSE)
    return by_key[close[0]] if close else None
