"""Options that several commands share, and the reading of list-like ones."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

RULES = "offline/rules"


class PanelRule(StrEnum):
    """As in `cuewise.verdicts.panel`, which is not imported to stay fast."""

    MAJORITY = "majority"
    MEAN = "mean"


class ProtocolChoice(StrEnum):
    """Whose rules to judge and score by."""

    MME_EMOTION = "mme-emotion"
    GROUNDED = "grounded"
    BOTH = "both"

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocols that are meant."""
        return ("mme-emotion", "grounded") if self is ProtocolChoice.BOTH else (self.value,)


class FrameRuleChoice(StrEnum):
    """Which frames of a clip are taken."""

    TIME = "time"
    INDEX = "index"


class VideoChoice(StrEnum):
    """As `VideoForm` in `cuewise.models.protocol`, which is not imported to stay fast."""

    FRAMES = "frames"
    FILE = "file"


WORKSPACE = Path("cuewise-workspace")
MIN_COVERAGE = 95.0

DataOption = Annotated[
    str,
    typer.Option(
        help="Dataset: a folder in the authors' layout, a CSV or JSONL manifest, or hf://OWNER/NAME."
    ),
]
ModelOption = Annotated[str, typer.Option(help="Model under test, as provider/model; see `cuewise models`.")]
TaskOption = Annotated[
    list[str] | None, typer.Option(help="Task to run, or all; may be repeated or comma-separated.")
]
ClipsOption = Annotated[
    Path | None, typer.Option(help="Folder of the clips where it is not the dataset's own.")
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="At most this many samples, spread over tasks.")]
EpochsOption = Annotated[
    int,
    typer.Option(
        min=1,
        help="How often every sample is asked; shows how far the answers vary. A named run may be raised to more.",
    ),
]
ModalitiesOption = Annotated[
    str | None,
    typer.Option(
        help="What the model is sent, e.g. video,audio,text. Default: picture and sound, as far as"
        " it takes them."
    ),
]
ModelBaseUrlOption = Annotated[
    str | None, typer.Option(help="Address of an OpenAI-compatible server for the model, with /v1.")
]
ModelArgOption = Annotated[
    list[str] | None, typer.Option(metavar="KEY=VALUE", help="Setting of the model; may be repeated.")
]
FrameRuleOption = Annotated[
    FrameRuleChoice,
    typer.Option(help="Which frames: time (at 0, 1, 2 ... s) or index (the paper's rule)."),
]
FpsOption = Annotated[float, typer.Option(help="Frames per second of clip.")]
MaxFramesOption = Annotated[int, typer.Option(min=1, help="Most frames per clip.")]
MaxSideOption = Annotated[
    int | None, typer.Option(min=16, help="Scale frames down to this many pixels on the longer side.")
]
TemperatureOption = Annotated[
    float,
    typer.Option(
        min=0, help="Sampling temperature of the model's answers; for top_p see --model-arg top_p=0.9."
    ),
]
MaxTokensOption = Annotated[int | None, typer.Option(min=1, help="Limit of an answer, in tokens.")]
SeedOption = Annotated[
    int | None,
    typer.Option(help="Seed sent to the model's server; each further epoch is sent one more."),
]
JudgeOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Judge: provider/model. Default: offline/rules, which ask no model and can check a reason only against"
        " annotated cues and measures of the voice. Repeat it for a panel of judges."
    ),
]
JudgeRepeatsOption = Annotated[
    int,
    typer.Option(min=1, max=1000, help="How often each judge judges every answer; shows how much it wavers."),
]
PanelOption = Annotated[PanelRule, typer.Option("--panel", help="How several judges' verdicts become one.")]
TaskFileOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="TOML file that defines tasks of your own; by default the tasks.toml that lies with the dataset.",
    ),
]
PromptsOption = Annotated[
    Path | None,
    typer.Option(help="The authors' own prompts for extractor and judge; see `cuewise import prompts`."),
]
ExtractorOption = Annotated[
    str | None,
    typer.Option(help="Reader of the steps: provider/model or offline/rules. Default: as the judge."),
]
JudgeBaseUrlOption = Annotated[
    str | None, typer.Option(help="Address of an OpenAI-compatible server for judge and extractor, with /v1.")
]
AudioClueOption = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Have a model describe the sound for the judge, blind to the question; replaces the dataset's audio clue.",
    ),
]
TranscribeOption = Annotated[
    str | None,
    typer.Option(
        metavar="asr/MODEL",
        help="Have the words written down by faster-whisper (extra asr), MODEL being a folder or a size; replaces the"
        " dataset's transcript, also as what the model is sent with --modalities text.",
    ),
]
SpokenLanguageOption = Annotated[
    str | None,
    typer.Option(
        metavar="CODE", help="Language that --transcribe hears, as en or zh. Default: found per clip."
    ),
]
DescribeOption = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL", help="Have a model describe the frames for the judge, blind to the question."
    ),
]
EvidenceBaseUrlOption = Annotated[
    str | None, typer.Option(help="Address of an OpenAI-compatible server for --audio-clue and --describe.")
]
JudgeArgOption = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE", help="Setting of judge and extractor; may be repeated."),
]
WorkspaceOption = Annotated[
    Path, typer.Option(envvar="CUEWISE_WORKSPACE", help="Folder of calls, decoded media and runs.")
]
ConcurrencyOption = Annotated[int, typer.Option(min=1, help="Calls in flight to one model.")]
TimeoutOption = Annotated[float, typer.Option(min=0.1, help="Limit of one call, in seconds.")]
TriesOption = Annotated[int, typer.Option(min=1, help="Tries of a call that fails in passing.")]
AgentTriesOption = Annotated[
    int,
    typer.Option(
        min=1, help="Replies of an agent (extractor, judge, ...) read at most; malformed ones are kept too."
    ),
]
RpmOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[MODEL=]NUMBER",
        help="Requests a minute to each model, or to the models that MODEL names; may be repeated.",
    ),
]
TpmOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[MODEL=]NUMBER",
        help="Tokens a minute, input and output together; before a call they are estimated. As --rpm.",
    ),
]
SampleDeadlineOption = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        metavar="SECONDS",
        help="Give a sample up so long after its first call, waiting included; its finished calls are kept.",
    ),
]
PriceOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MODEL=IN,OUT",
        help="Price in US dollars per million input and output tokens, before the table's; may be repeated.",
    ),
]
BudgetUsdOption = Annotated[
    float | None,
    typer.Option(
        "--budget-usd",
        min=0,
        metavar="DOLLARS",
        help="What this command may spend: it stops before the next call would pass it, to be gone on with.",
    ),
]
BudgetTokensOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="TOKENS",
        help="Likewise in tokens, input and output. Calls already stored cost nothing.",
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Say what would be asked and what it would cost, and ask nothing; decodes clips."
    ),
]
BatchOption = Annotated[
    bool,
    typer.Option(
        "--batch",
        help="Make calls by batch where the provider can (openai/, anthropic/): half the price, up to a day. Ctrl-C is"
        " safe: the same command collects them. --rpm and --tpm do not hold for them.",
    ),
]
MinCoverageOption = Annotated[
    float, typer.Option(min=0, max=100, help="Exit with 1 where fewer percent of the samples were scored.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]


def split_judges(values: list[str] | None) -> tuple[str, tuple[str, ...]]:
    """The first judge and the others; the offline rules where none is named."""
    first, *others = values or [RULES]
    return first, tuple(others)


def split_list(text: str | None) -> tuple[str, ...] | None:
    """`a, b` to (`a`, `b`); None stays None."""
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def split_tasks(values: list[str] | None) -> tuple[str, ...] | None:
    """Names from a repeated, comma-separated option; None for all.

    Raises:
        typer.BadParameter: it is there and names nothing.
    """
    if values is None:
        return None
    names = tuple(name for value in values for name in split_list(value) or ())
    if not names:
        raise typer.BadParameter("no task is named", param_hint="--task")
    return None if [name.casefold() for name in names] == ["all"] else names


def split_modalities(text: str | None) -> tuple[str, ...] | None:
    """Names from a comma-separated option; None where it is not given.

    Raises:
        typer.BadParameter: it is there and names nothing.
    """
    names = split_list(text)
    if names == ():
        raise typer.BadParameter("no modality is named", param_hint="--modalities")
    return names


def split_numbers(text: str, option: str) -> tuple[float, ...]:
    """Numbers from a comma-separated option, each once.

    Raises:
        typer.BadParameter: one is none, or none is named.
    """
    try:
        numbers = tuple(dict.fromkeys(float(part) for part in split_list(text) or ()))
    except ValueError:
        numbers = ()
    if not numbers:
        raise typer.BadParameter(f"{text!r} is no list of numbers", param_hint=option)
    return numbers


def split_rates(values: list[str] | None, option: str) -> dict[str, float]:
    """`60` or `MODEL=60` to numbers by pattern, `*` for the bare number, which comes last.

    Raises:
        typer.BadParameter: one is no number above 0.
    """
    rates = {}
    for value in values or []:
        model, _, text = value.rpartition("=")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not 0 < number < math.inf:
            raise typer.BadParameter(f"{value!r} is not NUMBER or MODEL=NUMBER, above 0", param_hint=option)
        rates[model.strip() or "*"] = number
    return dict(sorted(rates.items(), key=lambda rate: rate[0] == "*"))


def split_model_args(values: list[str] | None, option: str = "--model-arg") -> dict[str, str]:
    """`key=value` pairs of an option.

    Raises:
        typer.BadParameter: one has no `=`.
    """
    pairs = {}
    for value in values or []:
        key, equals, text = value.partition("=")
        if not equals or not key.strip():
            raise typer.BadParameter(f"{value!r} is not of the form key=value", param_hint=option)
        pairs[key.strip()] = text.strip()
    return pairs
