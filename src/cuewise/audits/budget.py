"""How an audit ends when the budget of its command is spent."""

from __future__ import annotations

from cuewise.errors import CuewiseError
from cuewise.runs.budget import Budget


class BudgetReachedError(CuewiseError):
    """The budget allows no further call; every finished call is kept, so that the audit can be gone on with."""

    def __init__(self, budget: Budget | None) -> None:
        super().__init__(
            f"stopped at the budget ({budget}); every finished call is kept and free: run the same command with a"
            " budget for the rest to go on"
        )
