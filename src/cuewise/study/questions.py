"""What people are asked of a clip."""

from __future__ import annotations

from cuewise.records import Sample
from cuewise.samples.tasks import tasks


def plain_question(sample: Sample) -> str:
    """The question as people are asked it: without what a model must be told of how to answer, where it is the one of
    its task among the eight. Any other, of a task of one's own or of the data, stands as it is: which part of it tells
    how to answer its author alone knows, and people must be asked what models were asked."""
    known = tasks().get(sample.task)
    is_the_tasks_own = known is not None and sample.question.strip() == known.question.strip()
    return known.plain if known is not None and is_the_tasks_own else sample.question
