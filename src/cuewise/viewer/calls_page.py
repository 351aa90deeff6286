"""The calls behind one answer: what was asked, what came back, what it took. Fetched when somebody opens them.

For a route::

    view = calls_view(outcome, manifest, call_store)
    return pages.page("calls.html", view=view)

Replies are shown as they came. Of prompts, settings and messages, what could be a key and the folders of paths are
left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cuewise.counts import how_many
from cuewise.models.cards import is_imported
from cuewise.models.folders import shown_name
from cuewise.models.prices import Price, price_of
from cuewise.records import Outcome
from cuewise.reports.formats import count
from cuewise.reports.private import scrub, scrub_all
from cuewise.runs.budget import dollars
from cuewise.runs.manifest import Manifest
from cuewise.runs.spending import Charge, priced
from cuewise.runs.store import CallRecord, CallStore

MOST_CHARS: Final = 200_000
"""Of a text that is shown."""
_STAGES: Final = {
    "answer": "The model’s answer",
    "steps": "Steps of the answer",
    "evidence": "Evidence",
    "verdicts": "Verdicts",
}
_FINISH: Final = {
    "length": "cut off at the token limit",
    "filter": "cut by the server’s content filter",
    "other": "ended for another reason",
}


@dataclass(frozen=True)
class Part:
    """A piece of a message: text, or a medium."""

    text: str = ""
    image: str | None = None
    """Address of a picture."""
    medium: str | None = None
    """What it is, where it is no picture."""


@dataclass(frozen=True)
class Turn:
    """One message of a request."""

    role: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class CallView:
    """One call."""

    key: str
    model: str
    elsewhere: bool
    """Whether its reply was collected elsewhere, so that nobody here knows what was asked; then there are no turns."""
    facts: tuple[tuple[str, str], ...]
    """Names and figures: tokens, cost, latency, when."""
    turns: tuple[Turn, ...]
    settings: str
    """Everything else of the request, as JSON."""
    thinking: str
    reply: str
    refusal: str
    failures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CallsView:
    """All calls behind an answer."""

    stages: tuple[tuple[str, tuple[CallView, ...]], ...]
    total: str
    """Calls and cost in words."""
    gone: int
    """Calls that are no longer in the store."""
    thinking: str
    """What the model thought, where its call is not there to tell it."""


def calls_view(outcome: Outcome, manifest: Manifest, store: CallStore, *, prefix: str = "") -> CallsView:
    """The calls that an outcome rests on, by stage.

    Args:
        manifest: the run's, for prices that the user named.
        prefix: before `/media/…` in addresses of pictures.

    A model that runs without a server is asked as any other, and its calls are kept alike; extractors and judges that
    ask no model have none.
    """
    prices = {pattern: Price(*pair) for pattern, pair in manifest.prices.items()}

    def price(model: str) -> Price | None:
        return price_of(model, prices)

    gone = 0
    costs: list[float | None] = []
    stages = []
    for stage, keys in outcome.calls.items():
        calls = []
        for key in keys:
            record = store.record(key)
            if record is None:
                gone += 1
                continue
            cost = _cost(stage, record, price)
            costs.append(cost)
            calls.append(_call(record, cost, prefix))
        stages.append((_STAGES.get(stage, stage), tuple(calls)))
    known = [cost for cost in costs if cost is not None]
    total = how_many(len(costs), "call")
    if costs:
        total += (
            f", {dollars(sum(known))}" if len(known) == len(costs) else ", price or tokens not known of all"
        )
    thinking = outcome.answer.thinking if outcome.answer else None
    told = any(call.thinking for _, calls in stages for call in calls)
    return CallsView(tuple(stages), total, gone, "" if told else _shown(thinking or ""))


def _cost(stage: str, record: CallRecord, price: Callable[[str], Price | None]) -> float | None:
    """US dollars; None where the price or the tokens are not known."""
    sent, got = record.completion.input_tokens, record.completion.output_tokens
    charge = Charge(
        stage=stage,
        model=record.model,
        task="",
        batched=record.batched,
        counted=sent is not None and got is not None,
        calls=1,
        input_tokens=sent or 0,
        output_tokens=got or 0,
    )
    return priced((charge,), price).total.cost_usd


def _call(record: CallRecord, cost: float | None, prefix: str) -> CallView:
    completion = record.completion
    elsewhere = is_imported(record.model)
    try:
        stored = json.loads(record.request)
    except ValueError:
        stored = {}
    request = dict(_mapping(_mapping(stored).get("request")))
    turns = tuple(_turn(turn, prefix) for turn in _items(request.pop("messages", [])) if not elsewhere)
    request.pop("sample", None)  # what models without a server are told; it stands above on the page
    settings = scrub_all({"parameters": _mapping(stored).get("parameters", {}), **request})
    return CallView(
        key=record.key,
        model=scrub(shown_name(record.model)),
        elsewhere=elsewhere,
        facts=() if elsewhere else _facts(record, cost),
        turns=turns,
        settings=_shown(json.dumps(settings, indent=2, ensure_ascii=False)),
        thinking=_shown(completion.thinking or ""),
        reply=_shown(completion.text),
        refusal=_shown(completion.refusal or ""),
        failures=tuple((kind, _shown(scrub(message))) for kind, message in record.failures),
    )


def _facts(record: CallRecord, cost: float | None) -> tuple[tuple[str, str], ...]:
    completion = record.completion
    facts = [
        ("Tokens in", count(completion.input_tokens)),
        ("Tokens out", count(completion.output_tokens)),
        ("Cost", "not known" if cost is None else dollars(cost)),
        ("Latency", "came by batch" if record.batched else f"{record.latency_s:.2f} s"),
        ("Finished", datetime.fromtimestamp(record.finished_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")),
    ]
    if completion.thinking_tokens is not None:
        facts.insert(2, ("Of them thinking", count(completion.thinking_tokens)))
    if completion.model:
        facts.append(("Answered by", scrub(completion.model)))
    if completion.finish in _FINISH:
        facts.append(("Ended", _FINISH[completion.finish]))
    return tuple(facts)


def _turn(turn: Mapping[str, Any], prefix: str) -> Turn:
    return Turn(
        str(turn.get("role", "")), tuple(_part(part, prefix) for part in _items(turn.get("parts", [])))
    )


def _part(part: Mapping[str, Any], prefix: str) -> Part:
    media = _mapping(part.get("media"))
    if not media:
        return Part(_shown(scrub(str(part.get("text", "")))))
    sha256, mime = str(media.get("sha256", "")), str(media.get("mime", ""))
    if mime == "image/jpeg":
        return Part(image=f"{prefix}/media/{sha256}.jpg")
    return Part(medium=f"{mime}, {count(media.get('size_bytes'))} bytes")


def _items(value: object) -> list[Mapping[str, Any]]:
    return [_mapping(one) for one in value] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _shown(text: str) -> str:
    left = len(text) - MOST_CHARS
    return text if left <= 0 else f"{text[:MOST_CHARS]}\n… {left:,} more characters are in the call store"
