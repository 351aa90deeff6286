"""Agreement in a crowd study: how long 219,687 ratings take from the file to the table, and how much memory.

The ratings are made up in the shape of a public study: 7,442 clips, each shown as sound, as picture and as both,
rated by 2,443 people with one of six emotions. Ours is one process, imports and reading included: raw agreement,
Fleiss' kappa and nominal alpha with intervals from 1,000 resamples of clips, over all and in each modality. The
reference is a second process that reads the same file by the csv module and computes alpha by the krippendorff
library: over all and in each modality once, and over all on a few resamples, from which the time of 1,000 in all four
is told, as it has no intervals of its own. Both are on one core,
and the bar is on the core's time: others' work on the machine must not decide it.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.report import Took, timed

RATINGS, CLIPS, RATERS = 219_687, 7_442, 2_443
MODALITIES = ("audio", "picture", "both")
EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness")
RESAMPLES = 1_000
REFERENCE_RESAMPLES = 10
REPEATS = 3
BAR_S = 10.0
BAR_MB = 1_000.0


def make_ratings(path: Path) -> None:
    """Nine or ten raters of each clip in each modality; 55 % see what was played, the others say anything."""
    dice = np.random.default_rng(0)
    units = CLIPS * len(MODALITIES)
    unit = np.arange(RATINGS) % units
    rater = (np.arange(RATINGS) * 37 + np.arange(RATINGS) // units * 251) % RATERS
    played = dice.integers(0, len(EMOTIONS), units)[unit]
    said = np.where(dice.random(RATINGS) < 0.55, played, dice.integers(0, len(EMOTIONS), RATINGS))
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("rater", "clip", "modality", "answer"))
        for who, what, answer in zip(rater.tolist(), unit.tolist(), said.tolist(), strict=True):
            rows.writerow((f"r{who}", f"clip-{what // 3}", MODALITIES[what % 3], EMOTIONS[answer]))


def ours(path: Path) -> dict[str, float]:
    """Alpha over all and in each modality, the other figures and all intervals made beside it."""
    from cuewise.agreement.alpha import krippendorff_alpha
    from cuewise.agreement.long_form import read_long
    from cuewise.agreement.nominal import fleiss_kappa, raw_agreement

    ratings = read_long(
        path, rater="rater", unit=("clip", "modality"), answer="answer", cluster="clip"
    ).ratings
    parts = {"all": ratings, **ratings.split(lambda unit: unit[1])}  # type: ignore[index]
    alphas = {}
    for name, part in parts.items():
        for function in (raw_agreement, fleiss_kappa, krippendorff_alpha):
            found = function(part, n_resamples=RESAMPLES)
            assert found.value is not None
            assert found.low is not None
            if function is krippendorff_alpha:
                alphas[str(name)] = found.value
    return alphas


def reference(path: Path) -> dict[str, float]:
    """Alpha by the library; and how long the resamples of it took, s."""
    import krippendorff

    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    units = {unit: place for place, unit in enumerate({(row["clip"], row["modality"]): 0 for row in rows})}
    counts = np.zeros((len(units), len(EMOTIONS)))
    for row in rows:
        counts[units[row["clip"], row["modality"]], EMOTIONS.index(row["answer"])] += 1
    modality = np.array([unit[1] for unit in units])

    def alpha(some: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
        return float(krippendorff.alpha(value_counts=some, level_of_measurement="nominal"))

    alphas = {"all": alpha(counts), **{name: alpha(counts[modality == name]) for name in MODALITIES}}
    started = time.process_time()
    dice = np.random.default_rng(0)
    clips = np.unique([unit[0] for unit in units], return_inverse=True)[1]
    of_clip = np.split(np.argsort(clips, kind="stable"), np.cumsum(np.bincount(clips))[:-1])
    for _ in range(REFERENCE_RESAMPLES):
        drawn = dice.integers(0, CLIPS, CLIPS)
        alpha(counts[np.concatenate([of_clip[clip] for clip in drawn])])
    return alphas | {"resamples": time.process_time() - started}


READERS: dict[str, Callable[[Path], dict[str, float]]] = {"ours": ours, "reference": reference}


def main() -> int:
    """Print the table; returns how many bars are missed."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as name:
        path, results = Path(name) / "ratings.csv", Path(name) / "found.json"
        make_ratings(path)
        timed(
            "-c", "import cuewise.agreement.long_form, cuewise.agreement.alpha"
        )  # compiled before the clock starts
        took: dict[str, list[Took]] = {kind: [] for kind in READERS}
        found: dict[str, dict[str, float]] = {}
        for _ in range(REPEATS):
            for kind, runs in took.items():
                runs.append(timed("-m", "benchmarks.agreement", kind, str(path), str(results)))
                found[kind] = json.loads(results.read_text())
    resampling = found["reference"].pop("resamples") / REFERENCE_RESAMPLES
    print(f"{'':58}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    for kind, what in (
        ("ours", f"cuewise, 3 coefficients x 4, {RESAMPLES:,} resamples"),
        ("reference", f"csv and krippendorff, alpha x 4, {REFERENCE_RESAMPLES} resamples of one"),
    ):
        wall, cpu, peak = (
            statistics.median(column) for column in zip(*map(_columns, took[kind]), strict=True)
        )
        print(f"{what:58}{wall:8.2f}{cpu:8.2f}{peak:9.0f}")
    # Of the four tables, three have a third of the units each.
    print(f"krippendorff, {RESAMPLES:,} resamples of all four, by that: {2 * RESAMPLES * resampling:.0f} s")
    cpu = statistics.median(run.cpu_s for run in took["ours"])
    peak = max(run.peak_mb for run in took["ours"])
    apart = max(abs(found["ours"][name] - found["reference"][name]) for name in found["reference"])
    bars = {
        f"{RATINGS:,} ratings from file to table under {BAR_S:g} s of one core": cpu < BAR_S,
        f"the same under {BAR_MB:,.0f} MB": peak < BAR_MB,
        "alpha is the library's to 1e-12": apart < 1e-12,
    }
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return sum(not met for met in bars.values())


def _columns(run: Took) -> tuple[float, float, float]:
    return run.wall_s, run.cpu_s, run.peak_mb


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[3]).write_text(json.dumps(READERS[sys.argv[1]](Path(sys.argv[2]))))
    else:
        sys.exit(main())
