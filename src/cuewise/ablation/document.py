"""A study's findings as one JSON document: percent and percentage points at full precision, null where undefined."""

from __future__ import annotations

from typing import Any

from cuewise.analysis.conflict import Followed
from cuewise.analysis.fusion import FusionGain
from cuewise.analysis.modality import ConditionLine, Invented, ModalityFindings
from cuewise.analysis.paired import PairedResult
from cuewise.analysis.robustness import Curve
from cuewise.analysis.uncertainty import Uncertain
from cuewise.scores.intervals import Estimate, Interval


def findings_document(findings: ModalityFindings) -> dict[str, Any]:
    """`{"conditions": [...], "fusion": [...], "conflict": [...], "invented": [...], "curves": [...], "blind": ...}`."""
    return {
        "model": findings.lines[0].run.settings.model.name,
        "conditions": [_condition(line) for line in findings.lines],
        "fusion": [_fusion(gain) for gain in findings.fusion],
        "conflict": [_followed(each) for each in findings.conflict],
        "invented": [_invented(each) for each in findings.invented],
        "curves": [_curve(curve) for curve in findings.curves],
        "nothing_against_most_frequent_label": _paired(findings.blind),
    }


def _condition(line: ConditionLine) -> dict[str, Any]:
    run = line.run
    return {
        "condition": run.name,
        "run": run.run,
        "modalities": list(run.modalities),
        "treatment": None
        if run.treatment is None
        else run.treatment.model_dump(mode="json", exclude={"schema_version"}),
        "samples": line.count,
        "coverage": line.coverage,
        "most_frequent_label": line.baseline,
        **{name: _share(score) for name, score in line.scores.items()},
        "against_together": _paired(line.difference),
    }


def _fusion(gain: FusionGain) -> dict[str, Any]:
    return {
        "task": gain.task or None,
        "together": gain.together,
        "alone": gain.alone,
        "best_alone": gain.best,
        "samples": gain.count,
        "gain": gain.gain,
        "gain_interval": _interval(gain.interval),
        "p_better_than_all": gain.p_all,
        "p_adjusted": gain.p_adjusted,
    }


def _followed(each: Followed) -> dict[str, Any]:
    return {
        "task": each.task or None,
        **{way: _share(share) for way, share in each.shares.items()},
        "sound_of_decided": _share(each.sound_of_decided),
        "sound_of_decided_expected": each.expected_sound,
        "picture_alone": each.picture_alone,
        "sound_alone": each.sound_alone,
    }


def _invented(each: Invented) -> dict[str, Any]:
    return {
        "condition": each.run.name,
        "not_given": [sense.value for sense in each.missing],
        "answers": _share(each.answers),
        "steps": _share(each.steps),
        "steps_by_sense": {sense.value: count for sense, count in each.by_sense.items()},
        "examples": [
            {"sample": one.sample, "step": one.step, "cites": [sense.value for sense in one.senses]}
            for one in each.examples
        ],
    }


def _curve(curve: Curve) -> dict[str, Any]:
    return {
        "kind": curve.kind,
        "clean": _share(curve.clean),
        "most_frequent_label": curve.chance,
        "levels": [
            {"level": level, "recognition": _share(score), "retained": curve.retained(place)}
            for place, (level, score) in enumerate(zip(curve.levels, curve.scores, strict=True))
        ],
        "half_lost_at": curve.half,
        "half_lost_interval": _interval(curve.half_interval),
        "why_no_half": curve.why_no_half or None,
    }


def _share(score: Uncertain | Estimate | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {"percent": score.percent, "count": score.count, "interval": _interval(score.interval)}


def _paired(result: PairedResult | None) -> dict[str, Any] | None:
    if result is None:
        return None
    return {
        "difference": result.difference,
        "interval": _interval(result.interval),
        "p_value": result.p_value,
        "p_adjusted": result.p_adjusted,
        "test": result.test,
        "count": result.count,
    }


def _interval(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else {"low": interval.low, "high": interval.high}
