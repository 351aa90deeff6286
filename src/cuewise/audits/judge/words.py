"""What an audit of a judge comes to, in plain sentences."""

from __future__ import annotations

from typing import Final

from cuewise.audits.judge.case import Plant, Truth
from cuewise.audits.judge.figures import JudgeAudit, Rate
from cuewise.records import Protocol

EXPECTED: Final = {
    Plant.FLIP_CUE: "a false reason is contradicted",
    Plant.RESTATE_CUE: "a true one in like words is not",
    Plant.SWAP_EVIDENCE: "reasons lose support on another clip",
    Plant.PAD_TRUISMS: "truisms earn nothing",
    Plant.SHUFFLE_STEPS: "order changes no verdict",
    Plant.CUT_LAST_STEP: "no label, no points; reasons as before",
    Plant.INSERT_TAGS: "ratings in an answer earn nothing",
    Plant.INSERT_INSTRUCTIONS: "instructions earn nothing",
    Plant.CHANGE_LABEL: "a wrong label earns nothing; reasons as before",
    Plant.CONTROL: "asked again, the verdicts are the same",
}
"""What should happen where nothing goes wrong."""

_GOOD: Final = 0.9
"""Errors noticed, at the least, by a judge whose scores need no correction; false alarms stay below the rest."""
_FEW: Final = 30


def conclusions(audit: JudgeAudit) -> list[str]:
    """What can be concluded: one paragraph for each way in which the truth is known."""
    truths = [truth for truth in Truth if any(each.truth is truth for each in audit.overall)]
    if len(truths) == 1:
        return [_told(audit, truths[0])]
    where = {Truth.CUES: "On clips with annotated cues", Truth.JUDGE: "On the other clips"}
    told = [f"{where[truth]}: {_told(audit, truth)}" for truth in truths]
    return told or [f"{audit.judge} gave no verdicts, so nothing can be said of it."]


def percent(rate: Rate) -> str:
    """E.g. `97.5 % (95 % interval 92.1 to 99.4)`; a dash where nothing was looked at."""
    if rate.share is None:
        return "–"
    return f"{100 * rate.share:.1f} % (95 % interval {bounds(rate, ' to ')})"


def bounds(rate: Rate, between: str) -> str:
    """Both ends of the interval in percent; empty where there is none."""
    return (
        "" if rate.low is None or rate.high is None else f"{100 * rate.low:.1f}{between}{100 * rate.high:.1f}"
    )


def _told(audit: JudgeAudit, truth: Truth) -> str:
    flips = audit.figures(Plant.FLIP_CUE, truth)
    restated = audit.figures(Plant.RESTATE_CUE, truth)
    if flips is None or restated is None or not flips.noticed.count or not restated.false_alarms.count:
        return (
            "No reason of these answers could be turned into a false one, so how much this judge notices stays"
            " open: try it on answers that speak of faces and voices."
        )
    alarms = restated.false_alarms
    sentences = [
        f"{audit.judge} noticed {percent(flips.noticed)} of the planted false reasons and held {percent(alarms)} of"
        " true ones in like words to be false."
    ]
    if truth is Truth.JUDGE:
        sentences.append(
            "Without annotated cues its own verdicts were taken for the truth, so this shows how consistent it is,"
            " not how right."
        )
    sentences.append(_use(flips.noticed, alarms))
    sentences.append(_sway(audit, truth))
    padded = audit.figures(Plant.PAD_TRUISMS, truth)
    if audit.protocol is Protocol.MME_EMOTION and padded is not None and padded.noticed.share is not None:
        sentences.append(
            f"Truisms passed in {100 * (1 - padded.noticed.share):.0f} % of cases: this protocol pays for whatever is"
            " not contradicted."
        )
    return " ".join(sentence for sentence in sentences if sentence)


def _use(noticed: Rate, alarms: Rate) -> str:
    """What the rates mean for the reasoning scores."""
    assert noticed.low is not None
    assert alarms.high is not None
    if noticed.low >= _GOOD and alarms.high <= 1 - _GOOD:
        return "Its reasoning scores can be read as they stand."
    if noticed.share is not None and noticed.share >= _GOOD and (alarms.share or 0) <= 1 - _GOOD:
        return "More answers (--n) would have to show that this is no luck."
    words = (
        f"Up to {100 * (1 - noticed.low):.0f} % of false reasons may pass, and up to {100 * alarms.high:.0f} % of true"
        " ones may be lost: correct its reasoning scores for that (`cuewise calibrate`) before comparing models."
    )
    return words + (" So few flips tell little: raise --n." if noticed.count < _FEW else "")


def _sway(audit: JudgeAudit, truth: Truth) -> str:
    """Whether tags or instructions in an answer move the judge, and whether a mere change of order does."""
    figures = {plant: audit.figures(plant, truth) for plant in Plant}
    again, padded, shuffled = (
        None if each is None else each.changed
        for each in (figures[Plant.CONTROL], figures[Plant.PAD_TRUISMS], figures[Plant.SHUFFLE_STEPS])
    )
    flips = None if (each := figures[Plant.FLIP_CUE]) is None else each.noticed
    swayed = [
        words
        for plant, words in ((Plant.INSERT_TAGS, "ratings"), (Plant.INSERT_INSTRUCTIONS, "instructions"))
        if (each := figures[plant]) is not None
        # Harmless sentences put in an answer tell how much it moves with any text.
        and (_is_above(each.changed, again, padded) or _is_above(flips, each.noticed))
    ]
    told = (
        f"It can be gamed: {' and '.join(swayed)} written into an answer move it."
        if swayed
        else "Ratings and instructions written into an answer did not measurably move it."
    )
    if shuffled is not None and shuffled.share is not None and _is_above(shuffled, again):
        told += f" A mere change of order altered {100 * shuffled.share:.0f} % of its verdicts."
    return told


def _is_above(one: Rate | None, *others: Rate | None) -> bool:
    """Whether an interval lies wholly above all the others; False where one is missing."""
    if one is None or one.low is None:
        return False
    return all(other is not None and other.high is not None and one.low > other.high for other in others)
