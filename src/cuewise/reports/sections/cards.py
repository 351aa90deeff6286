"""Chosen samples as cards: a frame, the labels, one telling step with its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cuewise.analysis.instructive import KINDS, Pick
from cuewise.analysis.telling import shown_answer, telling_step
from cuewise.models.protocol import ReadMedia
from cuewise.records import Evidence, EvidenceKind, Outcome, Verdict
from cuewise.reports.blocks import Card, Gallery
from cuewise.reports.collect import ReadOutcomes
from cuewise.reports.sections.groups import Group
from cuewise.reports.sections.links import SampleLinks
from cuewise.reports.thumbnails import small_jpeg
from cuewise.reports.words.grounding import DECISIONS
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.reports.words.phrases import kept_together
from cuewise.runs.outcomes import by_sample

MOST: Final = 12
"""Cards of one protocol."""

LENGTH: Final = 200
"""Characters of any text on a card; the sample's page holds the rest."""

NO_LABEL: Final = "no label"


def chosen(picks: Sequence[Pick]) -> list[Pick]:
    """Those that become cards, in the order of `KINDS`: kinds take turns, and no sample is shown twice."""
    by_kind = [[pick for pick in picks if pick.kind == kind] for kind in KINDS]
    taken: dict[str, Pick] = {}
    for turn in range(max(map(len, by_kind))):
        for own in by_kind:
            if turn < len(own) and len(taken) < MOST:
                taken.setdefault(own[turn].id, own[turn])
    order = list(KINDS)
    return sorted(taken.values(), key=lambda pick: order.index(pick.kind))


def gallery(
    group: Group,
    picks: Sequence[Pick],
    links: SampleLinks,
    read: Sequence[ReadOutcomes],
    read_media: ReadMedia | None,
) -> Gallery:
    """The cards of one protocol.

    Args:
        read: of each run on the page.
        read_media: gives the bytes of stored frames; None leaves pictures out.

    Raises:
        RunError: an outcome store cannot be read.
    """
    kept = chosen(picks)
    answers: dict[tuple[int, str], Outcome] = {}
    for run in dict.fromkeys(pick.run for pick in kept):
        ids = [pick.id for pick in kept if pick.run == run]
        for outcomes in by_sample(read[group.numbers[run]](ids)):
            answers[run, outcomes[0].sample.id] = shown_answer(outcomes)
    return Gallery(
        group.id("gallery-cards"),
        group.title("At a glance"),
        tuple(_card(group, pick, links, answers, read_media) for pick in kept),
        "One step of each answer, with what the judge says of it. The sample’s page has all of them.",
    )


def _card(
    group: Group,
    pick: Pick,
    links: SampleLinks,
    answers: Mapping[tuple[int, str], Outcome],
    read_media: ReadMedia | None,
) -> Card:
    run = group.runs[pick.run]
    link = links.cell(run, run.table.samples[pick.place])
    lines = [("Run", _cut(run.name))] if len(group.runs) > 1 else []
    lines += [
        ("Task", _cut(pick.task)),
        ("Gold label", _cut(", ".join(pick.gold))),
        ("Named", _cut(", ".join(pick.said)) if pick.said else NO_LABEL),
    ]
    jpeg, spoken = "", ""
    outcome = answers.get((pick.run, pick.id))
    if outcome is not None:
        told = telling_step(pick.kind, outcome)
        if told is None:
            lines.append(("Outcome", OUTCOMES[outcome.kind][0]))
        else:
            step, verdict = told
            what = "Label step" if step is outcome.steps[-1] else "Step"
            lines += [
                (what, f"{step.index} of {len(outcome.steps)}, “{_cut(step.text)}”"),
                ("Verdict", _verdict(verdict)),
                ("The judge’s reason", _cut(verdict.reason)),
            ]
        frame = None if read_media is None else _frame(outcome, None if told is None else told[1])
        if frame is not None and frame.image is not None and read_media is not None:
            jpeg = small_jpeg(frame.image, read_media) or ""
            spoken = f"Frame at {frame.start_s:.1f} s of {_cut(link.text)}"
    shown = tuple((name, text) for name, text in lines if text)
    return Card(_cut(link.text), link.href, KINDS[pick.kind], shown, jpeg, spoken if jpeg else "")


def _verdict(verdict: Verdict) -> str:
    points = f"earns {100 * verdict.rating:.0f} %"
    if verdict.decision is None:
        return kept_together(points)
    return kept_together(f"{DECISIONS[verdict.decision]} {verdict.decision.value}, {points}")


def _frame(outcome: Outcome, verdict: Verdict | None) -> Evidence | None:
    """A frame that the verdict rests on, else the one in the middle of the clip; None where there is none."""
    frames = [
        piece for piece in outcome.evidence if piece.kind is EvidenceKind.FRAME and piece.image is not None
    ]
    cited = set() if verdict is None else {*verdict.evidence}
    return next(
        (piece for piece in frames if piece.id in cited), frames[len(frames) // 2] if frames else None
    )


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LENGTH else text[:LENGTH].rstrip() + " …"
