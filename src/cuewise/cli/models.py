"""`cuewise models`: which models can be named, what they take, and which keys are set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuewise.cli import options as opt
from cuewise.cli.output import new_console, new_table, print_json

if TYPE_CHECKING:
    from cuewise.models.cards import Card
    from cuewise.models.registry import Provider
    from cuewise.models.simulated import ErrorRates


_BASELINES = {
    "baseline/majority": "the most frequent gold label of each task",
    "baseline/random": "labels drawn by chance from the candidates",
    "baseline/all-labels": "every candidate at once",
    "baseline/prosody": "a guess from measured pitch, level and rate of the voice",
}


_ATTENDING = (
    "for validating the evaluator, not a model: reads the annotations of what it is given, as well as it is told to;"
    " for `cuewise ablate`"
)

VIDEO_FILES = "video files"


def models_command(
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")] = False,
) -> None:
    """List providers and known models: how to name them, what they take, whether the key is set."""
    document = _document(workspace)
    if json:
        print_json(document)
    else:
        _show(document)


def _document(workspace: Path) -> dict[str, Any]:
    from cuewise.models import attending, gaming
    from cuewise.models.cards import UNKNOWN, cards
    from cuewise.models.registry import PROVIDERS, plugins
    from cuewise.models.simulated import NAMES as SIMULATED

    providers = [
        {
            "provider": provider.name,
            "call": provider.call,
            "key_variable": provider.key_variable,
            "key_set": _is_set(provider),
            "about": provider.about,
        }
        for provider in PROVIDERS
    ] + [
        {
            "provider": name,
            "call": f"{name}/...",
            "key_variable": None,
            "key_set": None,
            "about": f"plug-in {point.value}",
        }
        for name, point in plugins().items()
    ]
    return {
        "providers": providers,
        "known_models": [_card(card) for card in (*cards(), UNKNOWN)],
        "without_server": [
            *({"name": name, "about": about} for name, about in _BASELINES.items()),
            *({"name": name, "about": _simulated(rates)} for name, rates in SIMULATED.items()),
            {"name": attending.NAME, "about": _ATTENDING},
            *({"name": name, "about": f"no model: {gaming.about(name)}"} for name in gaming.NAMES),
            *_imported(workspace),
        ],
    }


def _is_set(provider: Provider) -> bool | None:
    """Whether a key is there, never which; None where none is needed or its name is a placeholder."""
    if provider.key_variable is None or provider.key_variable.startswith("NAME_"):
        return None
    return provider.key(os.environ)[1] is not None


def _imported(workspace: Path) -> list[dict[str, str]]:
    """The answers that were imported into a workspace."""
    from cuewise.errors import InputError
    from cuewise.models.imported import PREFIX, imported_names, read_head
    from cuewise.runs.workspace import Workspace

    rows = []
    for name, path in imported_names(Workspace(workspace).answers_path).items():
        try:
            collected_with = ", ".join(read_head(path).modalities) or "what, is not told"
            about = f"answers collected elsewhere, with {collected_with}"
        except InputError as error:
            about = str(error)
        rows.append({"name": f"{PREFIX}{name}", "about": about})
    return rows


def _simulated(rates: ErrorRates) -> str:
    return (
        "for validating the evaluator, not a model: reads the annotated cues,"
        f" errs in {rates.false_cues:.0%} of its claims and {rates.wrong_labels:.0%} of its labels"
    )


def _card(card: Card) -> dict[str, Any]:
    return {
        "pattern": card.pattern,
        "family": card.family,
        "takes": sorted(card.takes),
        "video_files": card.video_files,
        "max_tokens_field": card.max_tokens_field,
        "fixed_temperature": card.fixed_temperature,
        "json_schema": card.json_schema,
        "api": card.api,
        "note": card.note,
    }


def _show(document: dict[str, Any]) -> None:
    from rich.markup import escape

    console = new_console()
    said = {True: "yes", False: "no"}
    providers = new_table("Providers")
    for heading in ("name it", "key variable", "set", "what it is"):
        providers.add_column(heading, overflow="fold")
    for row in document["providers"]:
        key = row["key_variable"] or "none needed"
        providers.add_row(escape(row["call"]), key, said.get(row["key_set"], ""), escape(row["about"]))
    console.print(providers)
    known = new_table("What is known of models by name")
    for heading in ("pattern", "takes", "JSON schema", "note"):
        known.add_column(heading, overflow="fold")
    for row in document["known_models"]:
        files = [VIDEO_FILES] if row["video_files"] else []
        takes, schema = ", ".join([*row["takes"], *files]), said[row["json_schema"]]
        known.add_row(escape(row["pattern"]), takes, schema, escape(row["note"]))
    console.print(known)
    local = new_table("Without a server")
    for heading in ("name it", "what it is"):
        local.add_column(heading, overflow="fold")
    for row in document["without_server"]:
        local.add_row(escape(row["name"]), escape(row["about"]))
    console.print(local)
    console.print(
        "Any other name works together with the base URL of an OpenAI-compatible server.", soft_wrap=True
    )
