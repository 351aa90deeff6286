"""The first page of a rater: what the study is, what is asked, how long it takes, and what is stored."""

from __future__ import annotations

from starlette.responses import Response

from cuewise.study.effort import effort
from cuewise.study.records import StudyKind
from cuewise.study.web import words
from cuewise.study.web.end import entries, to_go_on
from cuewise.study.web.site import Visit


def show(visit: Visit) -> Response:
    """The page."""
    study = visit.site.study
    follows = to_go_on(entries(visit))
    protocol = visit.own[0].protocol
    is_question = study.plan.kind is StudyKind.QUESTION
    return visit.site.pages.page(
        "welcome.html",
        is_question=is_question,
        several=any(item.sample.multi_label for item in visit.own),
        labels_mean=words.labels_mean({label for item in visit.own for label in item.sample.label_set}),
        has_checks=any(item.is_check for item in visit.own),
        shows_gold=study.plan.gold.value == "shown",
        rater=visit.rater,
        n_items=len(visit.own),
        n_done=len(visit.done),
        duration=_in_words(effort(study).hours[visit.rater]),
        right_means=words.IN_FULL[protocol],
        cannot_tell=words.CANNOT_TELL_MEANS,
        clip=words.EXAMPLE_CLIP,
        label=words.EXAMPLE_LABEL,
        examples=words.examples(protocol),
        go_on=follows.where if follows else f"{visit.base}/end",
        base=visit.base,
        queue=visit.queue,
    )


def _in_words(hours: float) -> str:
    """A rough time.

    >>> _in_words(0.01), _in_words(0.4), _in_words(1.26)
    ('5 minutes', '25 minutes', '1.5 hours')
    """
    if hours < 0.95:
        return f"{max(1, round(hours * 12)) * 5} minutes"
    rounded = round(hours * 2) / 2
    return f"{rounded:g} hour{'' if rounded == 1 else 's'}"
