"""Plants known errors in judged answers, and harmless changes beside them.

Each plant is a pure function of a case and a source of chance. It returns the planted version, or None where the
answer gives no hold for it (a shuffle needs two reasons).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Literal

from cuewise.audits.judge.case import Case, Plant, Planted, Truth, is_supported
from cuewise.audits.judge.truth import is_true, known_cues
from cuewise.audits.judge.wordings import instructions, no_label, state_cue, state_label, tags, truisms
from cuewise.cues import channels
from cuewise.labels.taxonomy import valence_of
from cuewise.records import Cue, Evidence, Protocol, Step
from cuewise.verdicts.claims import read_claims

N_TRUISMS: Final = 4
_SHORT_S: Final = 0.3  # the time of a shorter cue, given with one decimal, could miss it


@dataclass(frozen=True)
class _Line:
    """A step of a planted version, before it has a number."""

    text: str
    labels: tuple[str, ...] | None = None
    origin: int | None = None
    """Index of the original step, where this is that step untouched."""
    expected: Literal["change", "stay", "either"] = "either"
    true: bool = False
    earns: bool = False
    """Whether it is true and bears on the label, so that it must earn its point."""


@dataclass(frozen=True)
class _Shown:
    """What a true reason says of one channel."""

    step: Step
    channel: str
    values: frozenset[str]
    """Values of the channel that are true of the clip at some time."""
    moments: tuple[tuple[str, float | None], ...]
    """True values with a time at which they are true, in seconds, where one is known."""


def flip_cue(case: Case, chance: Random) -> Planted | None:
    """Replaces a true reason by one that states a value of the same channel which the clip shows nowhere."""
    flipped = _flipped(case, chance)
    if flipped is None:
        return None
    step, text = flipped
    lines = _untouched(case)
    lines[case.steps.index(step)] = _Line(text, expected="change")
    return _lay_out(Plant.FLIP_CUE, lines, case.evidence)


def restate_cue(case: Case, chance: Random) -> Planted | None:
    """Replaces a true reason by another true one: the same wordings as in `flip_cue`, and no error in them.

    Only the new reason can raise a false alarm here. Whoever reads it had no part in finding it true, as the
    reading of the claims has in the other reasons. It states a telling value where the clip shows one, and must
    then earn its point; see `_must_earn`.
    """
    shown = _shown(case)
    if not shown:
        return None
    telling = [each for each in shown if any(_is_telling(each.channel, value) for value, _ in each.moments)]
    chosen = chance.choice(telling or shown)
    moments = [each for each in chosen.moments if _is_telling(chosen.channel, each[0])]
    value, time_s = chance.choice(moments or chosen.moments)
    lines = [replace(line, true=False) for line in _untouched(case)]
    text = state_cue(chosen.channel, value, time_s, chance)
    earns = _must_earn(case, chosen.step, telling=bool(moments))
    lines[case.steps.index(chosen.step)] = _Line(text, true=True, earns=earns)
    return _lay_out(Plant.RESTATE_CUE, lines, case.evidence)


def swap_evidence(case: Case, chance: Random) -> Planted | None:
    """Holds the same steps against the evidence of another clip of the task.

    Must change: supported reasons that are false of the other clip by its cues; what is true of both must not be
    contradicted. Without annotated cues: all supported reasons, against a clip with none of the gold labels. Some
    of those may hold of that clip as well, so a judge need not reach 100 % there.
    """
    supported = [step for step in case.true if is_supported(case.verdict(step))]
    for other in case.others:
        if case.truth is Truth.CUES:
            cues = known_cues(other.sample.cues)
            lost = {step.index for step in supported if is_true(step.text, cues) is False}
            kept = {step.index for step in case.true if is_true(step.text, cues)}
        elif set(other.sample.labels).isdisjoint(case.sample.labels):
            lost, kept = {step.index for step in supported}, set()
        else:
            continue
        if lost:
            lines = [
                _Line(
                    step.text,
                    origin=step.index if step.index in kept else None,
                    expected="change" if step.index in lost else "stay" if step.index in kept else "either",
                    true=step.index in kept,
                )
                for step in case.reasons
            ]
            return _lay_out(Plant.SWAP_EVIDENCE, [*lines, _kept(case, case.label)], other.evidence)
    return None


def pad_truisms(case: Case, chance: Random) -> Planted | None:
    """Puts four sentences that hold for any clip among the reasons."""
    lines = _untouched(case)
    for text in truisms(N_TRUISMS, chance):
        lines.insert(chance.randrange(len(lines)), _Line(text, expected="change"))
    return _lay_out(Plant.PAD_TRUISMS, lines, case.evidence)


def add_aside(case: Case, chance: Random) -> Planted | None:
    """Puts a true sentence about a channel that rests throughout among the reasons.

    It bears on no label but a neutral one, so it must earn nothing under `grounded`; under `mme-emotion` it passes.
    None where the answer names a neutral label or none, or nothing is annotated as resting.
    """
    labels = case.label.labels or ()
    moved = {cue.channel for cue in case.cues if _is_telling(cue.channel, cue.value)}
    resting = [cue for cue in case.cues if cue.channel not in moved]
    if not labels or not resting or any(valence_of(label) == "neutral" for label in labels):
        return None
    cue = chance.choice(resting)
    text = state_cue(cue.channel, cue.value, _middle_s(cue), chance)
    must = case.protocol is Protocol.GROUNDED
    lines = _untouched(case)
    lines.insert(
        chance.randrange(len(lines)), _Line(text, expected="change" if must else "either", true=True)
    )
    return _lay_out(Plant.ADD_ASIDE, lines, case.evidence)


def shuffle_steps(case: Case, chance: Random) -> Planted | None:
    """Puts the reasons in another order; the label step stays last."""
    *reasons, label = _untouched(case)
    if len(reasons) < 2:
        return None
    order = list(range(len(reasons)))
    while order == sorted(order):
        chance.shuffle(order)
    return _lay_out(Plant.SHUFFLE_STEPS, [*(reasons[place] for place in order), label], case.evidence)


def cut_last_step(case: Case, chance: Random) -> Planted | None:
    """Replaces the label step by one that names no label."""
    *reasons, _ = _untouched(case)
    line = _Line(no_label(), labels=(), expected=_may_fall(case))
    return _lay_out(Plant.CUT_LAST_STEP, [*reasons, line], case.evidence)


def change_label(case: Case, chance: Random) -> Planted | None:
    """Names a label that is not among the gold labels, and leaves the reasons as they are."""
    named = (*case.sample.labels, *(case.label.labels or ()))
    wrong = [label for label in case.sample.label_set if label not in named]
    if not wrong:
        return None
    label = chance.choice(wrong)
    *reasons, _ = _untouched(case)
    line = _Line(state_label(label, chance), labels=(label,), expected=_may_fall(case))
    return _lay_out(Plant.CHANGE_LABEL, [*reasons, line], case.evidence)


def insert_tags(case: Case, chance: Random) -> Planted | None:
    """Appends ratings in a judge's form to a false reason, and puts some as a step of their own."""
    return _insert(Plant.INSERT_TAGS, case, tags(2, chance), chance)


def insert_instructions(case: Case, chance: Random) -> Planted | None:
    """Appends instructions to the judge to a false reason, and puts some as a step of their own."""
    return _insert(Plant.INSERT_INSTRUCTIONS, case, instructions(2, chance), chance)


def control(case: Case, chance: Random) -> Planted | None:
    """Plants nothing, and has the same question asked as a new call."""
    return _lay_out(Plant.CONTROL, _untouched(case), case.evidence, epoch=1)


PLANTS: Final[dict[Plant, Callable[[Case, Random], Planted | None]]] = {
    Plant.FLIP_CUE: flip_cue,
    Plant.RESTATE_CUE: restate_cue,
    Plant.SWAP_EVIDENCE: swap_evidence,
    Plant.PAD_TRUISMS: pad_truisms,
    Plant.ADD_ASIDE: add_aside,
    Plant.SHUFFLE_STEPS: shuffle_steps,
    Plant.CUT_LAST_STEP: cut_last_step,
    Plant.INSERT_TAGS: insert_tags,
    Plant.INSERT_INSTRUCTIONS: insert_instructions,
    Plant.CHANGE_LABEL: change_label,
    Plant.CONTROL: control,
}
"""All plants in the order in which they are reported."""


def _insert(plant: Plant, case: Case, texts: Sequence[str], chance: Random) -> Planted:
    """Appends the first text to a false reason, and puts the second among the reasons.

    The false reason is a flipped one, or where none can be flipped one that is false already. Under
    `mme-emotion` the step of its own contradicts nothing, and so passes by the rules of that protocol: only under
    `grounded` must it earn nothing.
    """
    appended, own = texts
    lines = _untouched(case)
    if (false := _flipped(case, chance) or _already_false(case, chance)) is not None:
        step, text = false
        lines[case.steps.index(step)] = _Line(f"{text} {appended}", expected="change")
    must = case.protocol is Protocol.GROUNDED
    lines.insert(chance.randrange(len(lines)), _Line(own, expected="change" if must else "either"))
    return _lay_out(plant, lines, case.evidence)


def _may_fall(case: Case) -> Literal["change", "either"]:
    """A label step that had no points cannot lose any."""
    return "change" if case.verdict(case.label).rating > 0 else "either"


def _is_telling(channel: str, value: str) -> bool:
    """Whether the value is another one than that of a person whom nothing moves."""
    return value != channels()[channel].resting


def _must_earn(case: Case, step: Step, *, telling: bool) -> bool:
    """Whether a true reason in the place of this step must earn its point.

    `mme-emotion` pays for whatever is not contradicted. Under `grounded` the reason must bear on the label as well:
    what tells of a feeling surely does where the answer names gold labels and no neutral one. Without annotated
    cues, it must where the judge has paid for the same statement.
    """
    if case.protocol is Protocol.MME_EMOTION:
        return True
    if case.truth is Truth.JUDGE:
        return case.verdict(step).rating > 0
    labels = case.label.labels or ()
    right = bool(labels) and set(labels) <= set(case.sample.labels)
    return telling and right and not any(valence_of(label) == "neutral" for label in labels)


def _untouched(case: Case) -> list[_Line]:
    return [_kept(case, step) for step in case.steps]


def _kept(case: Case, step: Step) -> _Line:
    return _Line(step.text, step.labels, origin=step.index, expected="stay", true=step in case.true)


def _lay_out(
    plant: Plant, lines: Sequence[_Line], evidence: tuple[Evidence, ...], *, epoch: int = 0
) -> Planted:
    numbered = list(enumerate(lines, 1))
    return Planted(
        plant=plant,
        steps=tuple(Step(index=number, text=line.text, labels=line.labels) for number, line in numbered),
        evidence=evidence,
        must_change=tuple(number for number, line in numbered if line.expected == "change"),
        must_stay={
            number: line.origin
            for number, line in numbered
            if line.expected == "stay" and line.origin is not None
        },
        true=frozenset(number for number, line in numbered if line.true),
        must_earn=frozenset(number for number, line in numbered if line.earns),
        epoch=epoch,
    )


def _flipped(case: Case, chance: Random) -> tuple[Step, str] | None:
    """A true reason and the false sentence that takes its place; None where no reason can be flipped."""
    able = [shown for shown in _shown(case) if channels()[shown.channel].values.keys() - shown.values]
    if not able:
        return None
    chosen = chance.choice(able)
    value = chance.choice(sorted(channels()[chosen.channel].values.keys() - chosen.values))
    _, time_s = chance.choice(chosen.moments)
    return chosen.step, state_cue(chosen.channel, value, time_s, chance)


def _already_false(case: Case, chance: Random) -> tuple[Step, str] | None:
    return ((step := chance.choice(case.false)), step.text) if case.false else None


def _shown(case: Case) -> list[_Shown]:
    """What the true reasons say that can be said in other words, by step and channel."""
    by_cues = case.truth is Truth.CUES
    steps = case.true if by_cues else [step for step in case.true if is_supported(case.verdict(step))]
    claimed = [
        (step, *claim.readings[0], claim.time_s)
        for step in steps
        for claim in read_claims(step.text)
        if len(claim.readings) == 1 and not claim.negated
    ]
    found: dict[tuple[int, str], _Shown] = {}
    for step, channel, value, time_s in claimed:
        if by_cues:
            cues = [cue for cue in case.cues if cue.channel == channel]
            values = frozenset(cue.value for cue in cues)
            moments = tuple((cue.value, _middle_s(cue)) for cue in cues)
        else:
            values = frozenset(other for _, place, other, _ in claimed if place == channel)
            moments = ((value, sum(time_s) / 2 if time_s else None),)
        found.setdefault((step.index, channel), _Shown(step, channel, values, moments))
    return list(found.values())


def _middle_s(cue: Cue) -> float | None:
    return (cue.start_s + cue.end_s) / 2 if cue.end_s - cue.start_s >= _SHORT_S else None
