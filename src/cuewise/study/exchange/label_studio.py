"""A study for Label Studio (labelstud.io): its tasks, and the labelling interface that they are shown in.

Tasks hold what raters see and nothing of model, run or judge. Everybody there sees all tasks: who rates which items is
not carried over. There are no predictions, so that raters are as blind there as here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from cuewise.agreement.ratings import RIGHT_MEANS
from cuewise.records import CANNOT_TELL
from cuewise.study.checks import RATINGS
from cuewise.study.exchange.table import NONE_HOLDS
from cuewise.study.questions import plain_question
from cuewise.study.records import Gold, Item, Study, StudyKind

LOCAL_FILES: Final = "/data/local-files/?d="
"""How Label Studio calls files of a folder that it was told to serve."""
STEP: Final = "step_"
"""Beginning of the names of the controls that rate steps; behind it, the place among the rated steps, from 0."""
LABEL: Final = "label"
REASONS: Final = "reasons"
NOTE: Final = "note"

_AT: Final = "{{idx}}"


def tasks(study: Study, clip_name: Callable[[Item], str], prefix: str = LOCAL_FILES) -> list[dict[str, Any]]:
    """The tasks to import there, one per item.

    Args:
        clip_name: gives the path of an item's clip under the folder or address that `prefix` stands for.
        prefix: stands before it; the path is percent-encoded.
    """
    sha256, is_question = study.sha256(), study.plan.kind is StudyKind.QUESTION
    return [
        {
            "data": {
                "study_sha256": sha256,
                "item": item.id,
                "clip": prefix + quote(clip_name(item)),
                "question": plain_question(item.sample) if is_question else item.sample.question,
                "label_options": [
                    {"value": value} for value in (*study.labels_asked(item), *_others(study, item))
                ],
                **_of_answer(item),
            }
        }
        for item in study.items
    ]


def word_beside(word: str, labels: Sequence[str]) -> str:
    """A word that stands among labels, as none of them is spelled.

    >>> word_beside("cannot tell", ["sad"]), word_beside("cannot tell", ["sad", "cannot tell"])
    ('cannot tell', '(cannot tell)')
    """
    while word in labels:
        word = f"({word})"
    return word


def _others(study: Study, item: Item) -> list[str]:
    """What can be chosen beside labels; nothing, where a label is to be named, or none is asked about."""
    asked = study.labels_asked(item)
    if study.plan.kind is StudyKind.QUESTION or not asked:
        return []
    return [word_beside(word, asked) for word in (NONE_HOLDS, CANNOT_TELL)]


def _of_answer(item: Item) -> dict[str, Any]:
    if not item.steps:
        return {}
    texts = {step.index: step.text for step in item.steps}
    return {
        "label": item.steps[-1].text,
        "steps": [{"step": index, "text": texts[index]} for index in item.rated],
    }


def interface(study: Study) -> str:
    """The labelling configuration, as XML."""
    view = ET.Element("View")
    if study.plan.kind is StudyKind.QUESTION:
        _add(view, "Video", name="clip", value="$clip")
        _add(view, "Text", name="asked", value="$question")
        several = any(item.sample.multi_label for item in study.items)
        _choices(
            view,
            LABEL,
            "asked",
            choice="multiple" if several else "single-radio",
            value="$label_options",
            required="true",
        )
        _text_area(view, REASONS, "asked", "What you see and hear that speaks for it")
        _text_area(view, NOTE, "asked", "Anything to note")
    else:
        _add(view, "Header", size="5", value="$question")
        _add(view, "Video", name="clip", value="$clip")
        for protocol in sorted({item.protocol for item in study.items}):
            _add(view, "Header", size="5", value=f"Right means: {RIGHT_MEANS[protocol]}.")
        steps = _add(view, "Repeater", on="$steps", indexFlag=_AT)
        _add(steps, "Text", name=f"text_{_AT}", value=f"$steps[{_AT}].text")
        rating = _choices(
            steps, f"{STEP}{_AT}", f"text_{_AT}", choice="single-radio", showInline="true", required="true"
        )
        for value in RATINGS:
            _add(rating, "Choice", value=value)
        _add(view, "Text", name="named", value="$label")
        _add(
            view,
            "Header",
            size="5",
            value="Which of these labels fit what you see and hear?"
            if study.plan.gold is Gold.HIDDEN
            else "Which of these annotated labels does the answer name?",
        )
        _choices(view, LABEL, "named", choice="multiple", value="$label_options")
        _text_area(view, NOTE, "named", "Anything to note")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _add(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, tag, attributes)


def _choices(parent: ET.Element, name: str, to: str, **attributes: str) -> ET.Element:
    return _add(parent, "Choices", name=name, toName=to, **attributes)


def _text_area(parent: ET.Element, name: str, to: str, placeholder: str) -> None:
    _add(
        parent, "TextArea", name=name, toName=to, placeholder=placeholder, maxSubmissions="1", editable="true"
    )
