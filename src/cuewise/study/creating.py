"""Makes a study of runs: draws its items, freezes what raters see, and says who rates what in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from cuewise import __version__
from cuewise.errors import InputError
from cuewise.media.store import MediaStore
from cuewise.result import RunResult
from cuewise.study import attention
from cuewise.study.assigning import assign, by_lot, in_order, put_in
from cuewise.study.drawing import Candidate, Draw, draw
from cuewise.study.making import candidates, group_names, items, question_of
from cuewise.study.pictures import Pictures
from cuewise.study.records import Gold, Item, Study, StudyKind, StudyPlan


@dataclass(frozen=True, slots=True)
class Design:
    """How a study is to be made."""

    name: str
    kind: StudyKind = StudyKind.STEPS
    n: int = 200
    """Items to draw, at least 1; all there are, where there are fewer."""
    raters: tuple[str, ...] = ("rater-1", "rater-2", "rater-3", "rater-4", "rater-5")
    """Their names."""
    overlap: int | None = None
    """How many raters see each item; None for all."""
    gold: Gold = Gold.HIDDEN
    attention: int | None = None
    """Attention items for each rater; None for `attention.how_many_checks`."""
    seed: int = 0
    """Decides the draw, who rates what, and every order."""


def make_study(design: Design, runs: Sequence[RunResult], media: MediaStore, created_at: str) -> Study:
    """Make a study; nothing is written.

    Args:
        runs: at least one, each once; those of a study of steps judged under one protocol.
        media: where their frames and sound lie.
        created_at: UTC, ISO 8601.

    Raises:
        InputError: the design cannot be carried out with these runs.
    """
    overlap = _checked(design, runs)
    found, left_out = _found(design, runs)
    checks = _checks(design, min(design.n, len(found)), overlap)
    drawn = draw(found, design.n, design.seed, further=checks)
    names = group_names(design.kind, by_run=len(runs) > 1)
    pictures = Pictures(media, runs)
    made = _made(runs, drawn, pictures)
    plan = StudyPlan(
        name=design.name,
        kind=design.kind,
        created_at=created_at,
        cuewise=__version__,
        runs=tuple(run.name for run in runs),
        settings_sha256={run.name: run.manifest.settings.sha256() for run in runs},
        seed=design.seed,
        gold=design.gold,
        raters=design.raters,
        overlap=overlap,
        strata=drawn.strata,
        strata_by=names[: drawn.depth],
        finer=dict(zip(names[drawn.depth :], drawn.needed[drawn.depth :], strict=False)),
        left_out=dict(left_out),
        frame_rules=pictures.rules,
        frames_lacking=pictures.lacking,
    )
    return _put_together(plan, made, drawn, checks)


def _found(design: Design, runs: Sequence[RunResult]) -> tuple[list[Candidate], Counter[str]]:
    """What can be drawn, at least one, and how many samples cannot be, by reason."""
    left_out: Counter[str] = Counter()
    found = [
        candidate
        for run in runs
        for candidate in candidates(run, design.kind, left_out, by_run=len(runs) > 1)
    ]
    if not found:
        told = ", ".join(f"{count:,} {reason}" for reason, count in left_out.most_common())
        what = (
            "answer with judged reasons"
            if design.kind is StudyKind.STEPS
            else "sample with a clip to look at"
        )
        raise InputError(
            f"{_named(runs)} has no {what} ({told or 'no sample has ended yet'}): run it with its clips, and let a"
            " judge judge it"
        )
    return found, left_out


def _checks(design: Design, n_items: int, overlap: int) -> int:
    """How many attention items each rater gets."""
    n_raters = len(design.raters)
    fewest, most = n_items * overlap // n_raters, -(-n_items * overlap // n_raters)
    if not fewest:
        raise InputError(
            f"{n_items} items seen by {overlap} raters each leave some of {n_raters} raters with nothing to rate: draw"
            " more with --n, or have fewer raters"
        )
    checks = attention.how_many_checks(most) if design.attention is None else design.attention
    if checks > most:
        raise InputError(
            f"{checks} attention items are more than the {most} items of a rater: give a smaller --attention"
        )
    if design.kind is StudyKind.QUESTION and checks > (can := attention.most_repeats(fewest)):
        raise InputError(
            f"{checks} attention items cannot be had: in a study of the question they are items seen again, and of a"
            f" rater's {fewest} items only the first third can be, {can}; give a smaller --attention"
        )
    return checks


def _checked(design: Design, runs: Sequence[RunResult]) -> int:
    """The overlap of a sound design."""
    n_raters = len(design.raters)
    overlap = n_raters if design.overlap is None else design.overlap
    if not n_raters or len(set(design.raters)) < n_raters:
        raise InputError("each rater needs a name of his or her own")
    if not 1 <= overlap <= n_raters:
        raise InputError(
            f"{overlap} raters cannot see each item where there are {n_raters}: give more --raters or a smaller"
            " --overlap"
        )
    if not runs or len({run.name for run in runs}) < len(runs):
        raise InputError("name at least one run, and each run once")
    if design.kind is StudyKind.QUESTION and len(runs) > 1:
        raise InputError("in a study of the question its samples are asked, not answers: name one run")
    if design.kind is StudyKind.QUESTION and design.gold is Gold.SHOWN:
        raise InputError(
            "in a study of the question raters choose the labels themselves, and the annotated ones are never shown:"
            " leave out --gold shown, or make a study of steps"
        )
    protocols = sorted({run.manifest.settings.protocol.value for run in runs})
    if len(protocols) > 1:
        raise InputError(
            f"the runs are judged under {' and '.join(protocols)}, and raters are asked what their judge was asked:"
            " make a study of each"
        )
    return overlap


def _made(runs: Sequence[RunResult], drawn: Draw, pictures: Pictures) -> dict[Candidate, Item]:
    lots = {each.candidate: each for each in drawn.drawn}
    made: dict[Candidate, Item] = {}
    for run in runs:
        made |= items(run, [each for each in (*lots, *drawn.next) if each.run == run.name], lots, pictures)
    return made


def _put_together(plan: StudyPlan, made: dict[Candidate, Item], drawn: Draw, checks: int) -> Study:
    """Say who rates what in which order, with `checks` attention items for each rater.

    Until they are numbered, items go by keys that tell where they are from.
    """
    question, seed = plan.kind is StudyKind.QUESTION, plan.seed
    known = {
        _key(each.candidate): question_of(made[each.candidate]) if question else made[each.candidate]
        for each in drawn.drawn
    }

    def clip(key: str) -> str:
        return known[key].sample.clip.id

    by_stratum = sorted(drawn.drawn, key=lambda each: each.stratum)
    given = assign([_key(each.candidate) for each in by_stratum], plan.raters, plan.overlap, seed)
    orders = {}
    for rater, keys in given.items():
        order = in_order(keys, rater, seed, clip)
        again = attention.to_repeat(order, checks if question else attention.how_many_repeats(checks), seed)
        n_planted = 0 if question else checks - len(again)
        known |= {f"again {key}": known[key].model_copy(update={"repeats": key}) for key in again}
        known |= _planted(n_planted, made, drawn, seed)
        places = [
            *(
                (f"again {key}", share)
                for key, share in zip(again, attention.repeat_places(len(again)), strict=True)
            ),
            *((f"planted {n}", share) for n, share in enumerate(attention.instructed_places(n_planted))),
        ]
        orders[rater] = put_in(order, dict(places), clip)
    return _numbered(plan, known, orders)


def _planted(n: int, made: dict[Candidate, Item], drawn: Draw, seed: int) -> dict[str, Item]:
    """The first `n` instructed items, which are the same for all raters.

    Answers next in the lot, which nobody sees otherwise, carry the planted steps; without any, those drawn last.
    """
    hosts = islice(cycle((*drawn.next, *(each.candidate for each in reversed(drawn.drawn)))), n)
    return {
        f"planted {number}": attention.plant(
            made[host], right=attention.asks_for_right(number, seed), seed=seed
        )
        for number, host in enumerate(hosts)
    }


def _key(candidate: Candidate) -> str:
    return f"{candidate.run}/{candidate.sample}"


def _numbered(plan: StudyPlan, known: dict[str, Item], orders: dict[str, list[str]]) -> Study:
    """The study with numbers for items that tell nothing of where they are from, and not which ones are checks."""
    keys = sorted(known, key=lambda key: by_lot(plan.seed, "number", key))
    numbers = {key: f"i{number:04d}" for number, key in enumerate(keys, 1)}
    return Study(
        plan=plan,
        items=tuple(
            known[key].model_copy(update={"id": numbers[key], "repeats": numbers.get(known[key].repeats, "")})
            for key in keys
        ),
        assigned={rater: tuple(numbers[key] for key in order) for rater, order in orders.items()},
    )


def _named(runs: Sequence[RunResult]) -> str:
    return ", ".join(f"run {run.name}" for run in runs)
