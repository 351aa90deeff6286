"""Cuewise: how well multimodal LLMs recognise emotions in short videos, and whether their reasons hold up.

From Python: `evaluate(Options(...), Conditions(...))`, `rejudge(...)`, `open_run(...)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuewise.evaluation import Conditions, RunResult, evaluate, open_run, rejudge
    from cuewise.runs.manifest import Options

__version__ = "0.1.0"
__all__ = ["Conditions", "Options", "RunResult", "evaluate", "open_run", "rejudge"]


def __getattr__(name: str) -> Any:
    # Loaded when used, so that the command line starts fast.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cuewise import evaluation

    return getattr(evaluation, name)
