"""Drawing tokens: each call of a batch by its own temperature, dice and limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import LogitsProcessor, StoppingCriteria


class OwnDice(LogitsProcessor):  # type: ignore[misc]
    """Makes the most likely token of each row one that is drawn by the row's own dice.

    The largest of logits / temperature plus Gumbel noise is a draw from their softmax (Gumbel 1954), so a batch
    can be decoded greedily whatever the temperatures of its calls are, and what one of them draws depends on none
    of the others.

    Args:
        temperatures: of each row; 0 takes the most likely token.
        seeds: of each row's dice, 0 to 2**63 - 1.
        top_k: how many tokens can be drawn; None for all.
        top_p: share of the probability that can be drawn, the most likely tokens first; None for all of it.
    """

    def __init__(
        self, temperatures: Sequence[float], seeds: Sequence[int], *, top_k: int | None, top_p: float | None
    ) -> None:
        self._temperatures = temperatures
        self._dice = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._top_k, self._top_p = top_k, top_p

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores, shape (rows, vocabulary), whose largest is each row's draw."""
        drawn = scores.clone()
        for row, temperature in enumerate(self._temperatures):
            if temperature > 0:
                drawn[row] = self._with_noise(scores[row].float() / temperature, row).to(drawn.dtype)
        return drawn

    def _with_noise(self, logits: Any, row: int) -> Any:
        if self._top_k:
            least = torch.topk(logits, min(self._top_k, logits.shape[-1])).values[-1]
            logits = logits.masked_fill(logits < least, -torch.inf)
        if self._top_p is not None and self._top_p < 1:
            ordered, places = torch.sort(logits, descending=True)
            shares = torch.softmax(ordered, dim=-1)
            # A token is left out where those before it have the share already; the first never is.
            beyond = torch.cumsum(shares, dim=-1) - shares >= self._top_p
            logits = logits.index_fill(0, places[beyond], -torch.inf)
        # On the processor, so that the same dice fall alike on every device.
        exponential = torch.empty(logits.shape[-1]).exponential_(generator=self._dice[row])
        return logits - exponential.log().to(logits.device)


class OwnLimit(StoppingCriteria):  # type: ignore[misc]
    """Ends each row at its own limit, or when nobody waits for it any more.

    Args:
        start: tokens before the first new one.
        limits: new tokens of each row at most.
        abandoned: whether nobody waits for a row.
    """

    def __init__(self, start: int, limits: Sequence[int], abandoned: Sequence[Callable[[], bool]]) -> None:
        self._start, self._limits, self._abandoned = start, limits, abandoned

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Whether each row is done, shape (rows,)."""
        written = input_ids.shape[1] - self._start
        done = [
            written >= limit or abandoned()
            for limit, abandoned in zip(self._limits, self._abandoned, strict=True)
        ]
        return torch.tensor(done, dtype=torch.bool, device=input_ids.device)
