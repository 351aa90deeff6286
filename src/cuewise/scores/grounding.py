"""How the reasons of one answer stand against the evidence, as the grounded protocol counts them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from cuewise.cues import modality_of
from cuewise.records import Decision, Evidence, Grounding, Step, Verdict

_NO_LETTER_OR_DIGIT = re.compile(r"[\W_]")


def ground_reasons(
    reasons: Sequence[Step], verdicts: Sequence[Verdict], evidence: Sequence[Evidence]
) -> Grounding:
    """Count the reasoning steps of one answer by what the evidence says of them.

    A step that `said_before` tells of is counted as repeated and nowhere else.

    Args:
        reasons: the steps before the label step.
        verdicts: one per reason, in the same order.
        evidence: what the judge was given.

    Raises:
        ValueError: a verdict lacks a decision or says nothing of relevance; it is supported or contradicted by
            nothing; or it cites an id that was not given.
    """
    modalities = {piece.id: modality_of(piece) for piece in evidence}
    counts: Counter[str] = Counter(reasons=0, repeated=0)
    for verdict, repeated in zip(verdicts, said_before(reasons, verdicts), strict=True):
        _check(verdict, modalities)
        if repeated:
            counts["repeated"] += 1
            continue
        counts["reasons"] += 1
        counts[verdict.decision or ""] += 1
        counts["relevant"] += bool(verdict.relevant)
        counts["earning"] += verdict.rating > 0.5
        if verdict.decision is Decision.SUPPORTED:
            counts.update({modalities[id_] for id_ in verdict.evidence})
    return Grounding(
        **{
            name: counts[name]
            for name in (
                "reasons",
                "repeated",
                "supported",
                "contradicted",
                "unverifiable",
                "relevant",
                "earning",
                "face",
                "voice",
                "words",
            )
        },
    )


def said_before(reasons: Sequence[Step], verdicts: Sequence[Verdict]) -> tuple[bool, ...]:
    """For each reasoning step whether it says only what earlier ones said, so that it counts nowhere.

    It does if it is an earlier one word for word (case, punctuation and white space make no difference), or if the
    judge says that it repeats one.

    Args:
        verdicts: one per reason, in the same order.

    Raises:
        ValueError: a verdict says that its step repeats one that is no earlier reason.
    """
    again, words, indices = [], set[str](), set[int]()
    for reason, verdict in zip(reasons, verdicts, strict=True):
        if verdict.repeats is not None and verdict.repeats not in indices:
            raise ValueError(
                f"step {reason.index} cannot repeat step {verdict.repeats}: that is no reason before it"
            )
        said = _words_of(reason.text)
        again.append(verdict.repeats is not None or said in words)
        words.add(said)
        indices.add(reason.index)
    return tuple(again)


def _check(verdict: Verdict, given: Collection[str]) -> None:
    what = f"the verdict on step {verdict.step}"
    if verdict.decision is None or verdict.relevant is None:
        raise ValueError(f"{what} must say whether the step is supported and whether it bears on the label")
    if verdict.decision is not Decision.UNVERIFIABLE and not verdict.evidence:
        raise ValueError(f"{what} is {verdict.decision} but cites no evidence")
    for id_ in verdict.evidence:
        if id_ not in given:
            raise ValueError(f"{what} cites {id_}, which was not given")


def _words_of(text: str) -> str:
    """Letters and digits alone, so that two texts of the same words are equal."""
    return _NO_LETTER_OR_DIGIT.sub(_kept_mark, unicodedata.normalize("NFKC", text).casefold())


def _kept_mark(match: re.Match[str]) -> str:
    """Vowel signs and the like are part of a word, though no letters."""
    return match[0] if unicodedata.category(match[0]).startswith("M") else ""
