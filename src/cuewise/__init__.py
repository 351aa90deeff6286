"""Cuewise: how well multimodal LLMs recognise emotions in short videos, and whether their reasons hold up.

From Python: `evaluate(Options(...), Conditions(...))`, `rejudge(...)`, `open_run(...)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuewise.evaluation import evaluate
    from cuewise.rejudging import rejudge
    from cuewise.result import RunResult, open_run
    from cuewise.runs.conditions import Conditions
    from cuewise.runs.manifest import Options

__version__ = "0.1.0"
__all__ = ["Conditions", "Options", "RunResult", "evaluate", "open_run", "rejudge"]
_HOMES = {
    "Conditions": "cuewise.runs.conditions",
    "Options": "cuewise.runs.manifest",
    "RunResult": "cuewise.result",
    "evaluate": "cuewise.evaluation",
    "open_run": "cuewise.result",
    "rejudge": "cuewise.rejudging",
}


def __getattr__(name: str) -> Any:
    # Loaded when used, so that the command line starts fast.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
