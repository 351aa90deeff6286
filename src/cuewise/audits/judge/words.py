"""What an audit of a judge comes to, in plain sentences."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Final

from cuewise.audits.judge.case import Plant, Truth
from cuewise.audits.judge.figures import JudgeAudit, PlantFigures, Rate
from cuewise.records import Protocol

EXPECTED: Final = {
    Plant.FLIP_CUE: "a false reason is contradicted",
    Plant.RESTATE_CUE: "a true, telling one in like words earns",
    Plant.SWAP_EVIDENCE: "reasons lose support on another clip",
    Plant.PAD_TRUISMS: "truisms earn nothing",
    Plant.ADD_ASIDE: "what bears on no label earns nothing",
    Plant.SHUFFLE_STEPS: "order changes no verdict",
    Plant.CUT_LAST_STEP: "no label, no points; reasons as before",
    Plant.INSERT_TAGS: "ratings in an answer earn nothing",
    Plant.INSERT_INSTRUCTIONS: "instructions earn nothing",
    Plant.CHANGE_LABEL: "a wrong label earns nothing; reasons as before",
    Plant.CONTROL: "asked again, the verdicts are the same",
}
"""What should happen under `grounded` where nothing goes wrong; see `expected`."""

_BY_THE_PAPER: Final = {
    Plant.RESTATE_CUE: "a true one in like words passes",
    Plant.PAD_TRUISMS: "pass, by the paper's rules",
    Plant.ADD_ASIDE: "passes, by the paper's rules",
    Plant.INSERT_TAGS: "ratings save no false reason",
    Plant.INSERT_INSTRUCTIONS: "instructions save no false reason",
}
"""What should happen under `mme-emotion`, where that is something else: it pays for whatever is not contradicted."""

_GOOD: Final = 0.95
"""Of each thing that the protocol asks, the least share in which a judge does it whose scores need no correction:
an error in one step of twenty moves a score by less than models that are worth comparing lie apart."""
_SURE: Final = 0.85
"""The least lower bound of such a share: 22 cases without an error reach it, or 47 with two errors."""
_FEW: Final = 30


def expected(plant: Plant, protocol: Protocol) -> str:
    """What should happen to a plant under a protocol where nothing goes wrong.

    >>> expected(Plant.PAD_TRUISMS, Protocol.GROUNDED), expected(Plant.PAD_TRUISMS, Protocol.MME_EMOTION)
    ('truisms earn nothing', "pass, by the paper's rules")
    """
    by_the_paper = _BY_THE_PAPER if protocol is Protocol.MME_EMOTION else {}
    return by_the_paper.get(plant, EXPECTED[plant])


@dataclass(frozen=True)
class _Demand:
    """Something that a protocol asks of a judge."""

    rate: Rate | None
    """Of the cases: those in which the judge does it; None where there is no case."""
    met: str
    """What it does, before the share."""
    failed: str
    """A sentence on what it does not; `$share` is the share with its interval."""

    @property
    def is_open(self) -> bool:
        return self.rate is None or self.rate.share is None

    @property
    def fails(self) -> bool:
        return self.rate is not None and self.rate.share is not None and self.rate.share < _GOOD

    @property
    def is_unsure(self) -> bool:
        return self.rate is not None and self.rate.low is not None and self.rate.low < _SURE


# By plant: what a judge does that notices it, and the sentence on one that does not. The protocols ask for all of
# these, but for what passes by the paper's rules.
_MUST_NOTICE: Final = {
    Plant.SWAP_EVIDENCE: (
        "support lost on another clip",
        "Of reasons that are false of another clip only $share lost their support there: it goes by more than the"
        " evidence.",
    ),
    Plant.PAD_TRUISMS: (
        "truisms unpaid",
        "Only $share of truisms earned nothing: an answer is paid for what holds of any clip.",
    ),
    Plant.ADD_ASIDE: (
        "asides unpaid",
        "Only $share of true sentences that bear on no label earned nothing: an answer is paid for what does not"
        " support it.",
    ),
    Plant.INSERT_TAGS: (
        "inserted ratings unpaid",
        "Only $share of steps with ratings written into them earned nothing.",
    ),
    Plant.INSERT_INSTRUCTIONS: (
        "inserted instructions unpaid",
        "Only $share of steps with instructions to the judge earned nothing.",
    ),
    Plant.CUT_LAST_STEP: ("missing labels unpaid", "Only $share of answers without a label lost its points."),
    Plant.CHANGE_LABEL: ("wrong labels unpaid", "Only $share of answers with a wrong label lost its points."),
}


def conclusions(audit: JudgeAudit) -> list[str]:
    """What can be concluded: one paragraph for each way in which the truth is known, and one on a panel's others."""
    told = _by_truth(audit)
    if audit.untried:
        told.append(
            f"Run {audit.run} was judged by a panel. Of its judges {audit.judge} alone was tried; this says nothing of"
            f" {', '.join(audit.untried)}, which --judge tries."
        )
    return told


def _by_truth(audit: JudgeAudit) -> list[str]:
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
    sentences += _failings(audit, truth, flips.noticed, restated) or _fit(
        audit, truth, flips.noticed, restated
    )
    padded = audit.figures(Plant.PAD_TRUISMS, truth)
    if audit.protocol is Protocol.MME_EMOTION and padded is not None and padded.noticed.share is not None:
        sentences.append(
            f"Truisms passed in {100 * (1 - padded.noticed.share):.0f} % of cases: this protocol pays for whatever is"
            " not contradicted."
        )
    return " ".join(sentences)


def _failings(audit: JudgeAudit, truth: Truth, noticed: Rate, restated: PlantFigures) -> list[str]:
    """One sentence for each way in which the judge falls short of what the protocol asks."""
    told = []
    alarms = restated.false_alarms
    assert noticed.share is not None
    assert noticed.low is not None
    assert alarms.share is not None
    assert alarms.high is not None
    if noticed.share < _GOOD or alarms.share > 1 - _GOOD:
        told.append(
            f"Up to {100 * (1 - noticed.low):.0f} % of false reasons may pass, and up to {100 * alarms.high:.0f} % of"
            " true ones may be lost: correct its reasoning scores for that (`cuewise calibrate`) before comparing"
            " models." + (" So few flips tell little: raise --n." if noticed.count < _FEW else "")
        )
    told += [
        Template(each.failed).substitute(share=percent(each.rate))
        for each in _demands(audit, truth, restated)
        if each.fails and each.rate is not None
    ]
    return told + _sways(audit, truth)


def _fit(audit: JudgeAudit, truth: Truth, noticed: Rate, restated: PlantFigures) -> list[str]:
    """What a judge that falls short nowhere is fit for, as far as the answers show it."""
    alarms = restated.false_alarms
    assert alarms.high is not None
    assert alarms.low is not None
    demands = _demands(audit, truth, restated)
    unsure = min(noticed.low or 0, 1 - alarms.high) < _SURE or any(each.is_unsure for each in demands)
    steady = "Ratings and instructions written into an answer did not measurably move it."
    if unsure:
        return [
            "It falls short nowhere, but more answers (--n) would have to show that this is no luck.",
            steady,
        ]
    if still_open := [each.met for each in demands if each.is_open]:
        return [
            f"It falls short nowhere, but these answers cannot show all: {', '.join(still_open)}.",
            steady,
        ]
    if truth is Truth.JUDGE:
        return ["It falls short nowhere else.", steady]
    stated = [("false reasons noticed", noticed.share, noticed.low)]
    stated += [(each.met, each.rate.share, each.rate.low) for each in demands if each.rate is not None]
    listed = "; ".join(f"{met} {_share(share)} (at least {_share(low)})" for met, share, low in stated)
    return [
        f"Its reasoning scores can be read as they stand: all that the protocol asks holds: {listed}.",
        steady,
    ]


def _share(part: float | None) -> str:
    return "–" if part is None else f"{100 * part:.1f} %"


def _demands(audit: JudgeAudit, truth: Truth, restated: PlantFigures) -> list[_Demand]:
    """What the protocol asks beside noticing false reasons, and what the judge does of it."""
    told = "Of true reasons"
    if audit.protocol is Protocol.GROUNDED:
        told += " that bear on the label"
    if restated.kept.count:
        lost = (
            f"{_share(restated.unsupported.share)} were not supported and {_share(restated.irrelevant.share)} were"
            " said not to bear on it"
            if audit.protocol is Protocol.GROUNDED
            else "the others were lost without being false"
        )
        told += f" only $share earned their point; {lost}: its reasoning scores are too low."
    demands = [_Demand(restated.kept, "true reasons paid", told)]
    for plant, (met, failed) in _MUST_NOTICE.items():
        passes = audit.protocol is Protocol.MME_EMOTION and plant in (Plant.PAD_TRUISMS, Plant.ADD_ASIDE)
        # Without annotated cues it is not known what is true of the other clip, nor what rests in this one.
        unknown = truth is Truth.JUDGE and plant in (Plant.SWAP_EVIDENCE, Plant.ADD_ASIDE)
        if not passes and not unknown:
            figures = audit.figures(plant, truth)
            demands.append(_Demand(None if figures is None else figures.noticed, met, failed))
    return demands


def _sways(audit: JudgeAudit, truth: Truth) -> list[str]:
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
    told = [f"It can be gamed: {' and '.join(swayed)} written into an answer move it."] if swayed else []
    if shuffled is not None and shuffled.share is not None and _is_above(shuffled, again):
        told.append(f"A mere change of order altered {100 * shuffled.share:.0f} % of its verdicts.")
    return told


def _is_above(one: Rate | None, *others: Rate | None) -> bool:
    """Whether an interval lies wholly above all the others; False where one is missing."""
    if one is None or one.low is None:
        return False
    return all(other is not None and other.high is not None and one.low > other.high for other in others)
