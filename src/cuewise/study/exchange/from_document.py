"""Reads our JSON document of ratings; its clicks are left alone, as what raters say by now follows from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cuewise.errors import InputError
from cuewise.samples.files import is_encodable
from cuewise.samples.problems import printable
from cuewise.study.exchange.checks import Read
from cuewise.study.exchange.document import FORMAT, VERSION
from cuewise.study.exchange.seats import seat
from cuewise.study.records import Said, Study


def read_document(path: Path, name: str, study: Study) -> Iterator[Read | str]:
    """What each rater says of each item, or what is wrong.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        content: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        yield f"{name}: is not JSON: {printable(error)}; export it again"
        return
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        yield f"{name}: is no document of ratings; `cuewise export study NAME --format json` writes one"
        return
    if content.get("version") != VERSION:
        yield f"{name}: has another version than {VERSION}; upgrade Cuewise"
        return
    if content.get("study_sha256") != study.sha256():
        yield f"{name}: holds ratings of another study than {study.plan.name}"
        return
    ratings = content.get("ratings")
    if not isinstance(ratings, list):
        yield f"{name}: `ratings` is no list; export it again"
        return
    for number, rating in enumerate(ratings, 1):
        where = f"{name}, rating {number}"
        try:
            said = Said.model_validate_json(json.dumps(rating))
        except (ValidationError, ValueError, RecursionError) as error:
            first = error.errors()[0] if isinstance(error, ValidationError) else None
            told = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else str(error)
            yield f"{where}: is not in form ({printable(told, limit=200)}); export it again"
            continue
        if not is_encodable(said.rater):
            yield f"{where}: the rater's name is not Unicode; mend it"
            continue
        try:
            yield Read(said.model_copy(update={"rater": seat(said.rater)}), where)
        except InputError as error:
            yield f"{where}: {error}"
