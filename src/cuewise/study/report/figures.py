"""Figures of a report: agreement beyond chance over one set of ratings, and what there is where there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, Final

import numpy as np

from cuewise.agreement.coefficient import Coefficient, coefficient
from cuewise.agreement.matrix import Ratings

NOTHING: Final = "there is no answer to compare"


def of_ratings(name: str, ratings: Ratings | None, figure: Callable[[Ratings], Coefficient]) -> Coefficient:
    """The figure of these ratings, which says why it is none where there are none."""
    return coefficient(name, None, why=NOTHING) if ratings is None else figure(ratings)


def plain(value: Any) -> Any:
    """Records and dataclasses as JSON takes them, properties left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value
