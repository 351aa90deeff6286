"""A judged answer, as the plants take it, and the version that they make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from cuewise.audits.judge.truth import is_true, known_cues
from cuewise.records import Cue, Decision, Evidence, Outcome, Protocol, Sample, Step, Verdict


class Plant(StrEnum):
    """What is done to an answer."""

    FLIP_CUE = "flip_cue"
    """One true reason is replaced by one that states another value of the same channel."""
    RESTATE_CUE = "restate_cue"
    """One true reason is replaced by a true and telling one in words like those of `flip_cue`."""
    SWAP_EVIDENCE = "swap_evidence"
    """The same steps are held against another clip's evidence."""
    PAD_TRUISMS = "pad_truisms"
    """Four sentences that hold for any clip are put among the reasons."""
    ADD_ASIDE = "add_aside"
    """A true sentence about the clip that bears on no label but a neutral one is put among the reasons."""
    SHUFFLE_STEPS = "shuffle_steps"
    """The reasons stand in another order."""
    CUT_LAST_STEP = "cut_last_step"
    """The label step names no label."""
    INSERT_TAGS = "insert_tags"
    """Ratings in a judge's form are appended to a false reason and stand as a step of their own."""
    INSERT_INSTRUCTIONS = "insert_instructions"
    """The same with instructions to the judge."""
    CHANGE_LABEL = "change_label"
    """Only the label is another one, a wrong one."""
    CONTROL = "control"
    """Nothing is planted: the same input is judged once more."""


class Truth(StrEnum):
    """How it is known which reasons are true."""

    CUES = "cues"
    """The clip's annotated cues tell."""
    JUDGE = "judge"
    """Nothing is annotated: what the judge itself held of the untouched answer is taken for true."""


@dataclass(frozen=True)
class Case:
    """An answer and what the judge says of it as it is."""

    sample: Sample
    protocol: Protocol
    steps: tuple[Step, ...]
    evidence: tuple[Evidence, ...]
    verdicts: tuple[Verdict, ...]
    """One per step."""
    others: tuple[Outcome, ...] = ()
    """Answers of the same task about other clips, the preferred ones first."""

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """Annotated cues in the vocabulary."""
        return known_cues(self.sample.cues)

    @property
    def truth(self) -> Truth:
        return Truth.CUES if self.cues else Truth.JUDGE

    @property
    def reasons(self) -> tuple[Step, ...]:
        return self.steps[:-1]

    @property
    def label(self) -> Step:
        return self.steps[-1]

    def verdict(self, step: Step) -> Verdict:
        """The verdict on one of `steps`."""
        return self.verdicts[self.steps.index(step)]

    @cached_property
    def true(self) -> tuple[Step, ...]:
        """Reasons that are known, or taken, to be true."""
        if self.truth is Truth.CUES:
            return tuple(step for step in self.reasons if is_true(step.text, self.cues))
        return tuple(step for step in self.reasons if not is_contradicted(self.verdict(step)))

    @cached_property
    def false(self) -> tuple[Step, ...]:
        """Reasons that are known, or taken, to be false."""
        if self.truth is Truth.CUES:
            return tuple(step for step in self.reasons if is_true(step.text, self.cues) is False)
        return tuple(step for step in self.reasons if is_contradicted(self.verdict(step)))


@dataclass(frozen=True)
class Planted:
    """One version of an answer with something planted, and what an errorless judge does with it."""

    plant: Plant
    steps: tuple[Step, ...]
    """Numbered from 1; the last is the label step."""
    evidence: tuple[Evidence, ...]
    must_change: tuple[int, ...]
    """Indices of the steps in which a judge must notice what was planted."""
    must_stay: Mapping[int, int]
    """Index of each step that must be judged as before, to its index in the original."""
    true: frozenset[int]
    """Indices of reasons that are true in this version: to contradict one is a false alarm."""
    must_earn: frozenset[int] = frozenset()
    """Indices of the planted reasons that are true and bear on the label, and so must earn their point."""
    epoch: int = 0
    """1 where the same question is to be asked again as a new call."""


def is_contradicted(verdict: Verdict) -> bool:
    """Whether the judge holds the step to be false; a judge that only rates says so by a rating of 0."""
    if verdict.decision is None:
        return verdict.rating == 0
    return verdict.decision is Decision.CONTRADICTED


def is_supported(verdict: Verdict) -> bool:
    """Whether the judge holds the step to be true; a judge that only rates says so by a rating above 0."""
    if verdict.decision is None:
        return verdict.rating > 0
    return verdict.decision is Decision.SUPPORTED


def is_same(verdict: Verdict, before: Verdict, is_label: bool = False) -> bool:
    """Whether two verdicts say the same of a step: the same decision, or the same rating where there is none.

    Whether a reason bears on the label may differ, and its rating with that, as it does when the label is another
    one. The label step is compared by its rating.
    """
    if is_label or verdict.decision is None:
        return verdict.rating == before.rating
    return verdict.decision is before.decision
