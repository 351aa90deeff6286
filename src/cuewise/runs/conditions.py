"""How a run is carried out: what changes its course, and no score."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cuewise.runs.caller import RetryPolicy
from cuewise.runs.desk import Polling
from cuewise.runs.limits import Limits
from cuewise.runs.manifest import Manifest
from cuewise.runs.workspace import DEFAULT


@dataclass(frozen=True)
class Conditions:
    """How a run is carried out. Nothing here changes a score."""

    workspace: Path = DEFAULT
    """Folder of calls, media and runs."""
    run: str | None = None
    """Name of the run; None makes one from the model's name and a hash of the settings, so that the same
    options find the same run again."""
    concurrency: int = 32
    """Calls in flight to one model."""
    timeout_s: float = 300.0
    """Limit of one call, seconds."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    limits: Limits = field(default_factory=Limits)
    """Requests and tokens a minute, the deadline of a sample, prices and the budget."""
    batch: bool = False
    """Whether calls go by batch where their model's provider has a way to: for less money, within a day."""
    polling: Polling = field(default_factory=Polling)
    """How often it is asked where a batch stands."""
    agent_tries: int = 3
    """Replies of extractor and judge that are read at most for one sample. Malformed ones are stored like all
    others, so only a higher number has an agent asked again."""
    judging_again: Manifest | None = None
    """The run whose answers are judged again. Its dataset must be unchanged, and a missing key of the model
    under test, of the extractor or of an agent for evidence is no error until a call needs it."""
    command: tuple[str, ...] = ()
    """The command line, for the manifest."""
