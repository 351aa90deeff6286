"""Who plays which part in a run: the model under test, the reader of its steps, the judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Protocol as Interface

from cuewise.errors import InputError
from cuewise.evidence.describing import Listener, Viewer
from cuewise.evidence.protocol import EvidenceSeat
from cuewise.evidence.transcribing import Transcriber
from cuewise.interop.prompts import PromptFile, read_prompt_file
from cuewise.media.store import MediaStore
from cuewise.models.cards import family, is_own, is_served, kin
from cuewise.models.hosting import Hosting
from cuewise.models.imported import ImportedAnswers
from cuewise.models.protocol import Modality, Model, VideoForm, hears_files, one_medium, video_forms
from cuewise.models.registry import open_model
from cuewise.models.stored import StoredModel
from cuewise.records import Protocol
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import RULES, Manifest, Options
from cuewise.runs.workspace import Workspace
from cuewise.samples.dataset import Dataset
from cuewise.steps.authors import AuthorsExtractor
from cuewise.steps.llm import LlmExtractor
from cuewise.steps.protocol import Extractor
from cuewise.steps.rules import RuleExtractor
from cuewise.verdicts.authors import AuthorsJudge
from cuewise.verdicts.grounded import GroundedJudge
from cuewise.verdicts.llm import LlmJudge
from cuewise.verdicts.panel import PanelRule, Seat
from cuewise.verdicts.protocol import Judge
from cuewise.verdicts.rules import RuleJudge

_MEANT_RULES = ("rules", "rule", "offline", "offline/rule", "offline-rules", "none")


@dataclass(frozen=True)
class Cast:
    """Who plays which part in a run."""

    model: Model
    modalities: frozenset[Modality]
    extractor: Extractor
    extractor_model: Model | None
    judges: tuple[Seat, ...]
    """In the order of the options, each judge with its repeats; at least one."""
    evidence: tuple[EvidenceSeat, ...]
    """Who tells of a clip for the judges."""
    authors_prompts: PromptFile | None
    """The authors' prompts, where extractor and judges are asked in those words."""

    @property
    def answered_elsewhere(self) -> bool:
        """Whether the answers were collected elsewhere, with `modalities`, and are sent nothing now."""
        return isinstance(self.model, ImportedAnswers)


def open_cast(
    options: Options,
    conditions: Conditions,
    dataset: Dataset,
    media: MediaStore,
    model: Model | None,
    stack: AsyncExitStack,
    *,
    ask: bool = True,
) -> Cast:
    """Open everyone who plays a part; `stack` closes them.

    Args:
        model: plays the model under test in place of the one that `options.model` names.
        ask: whether calls are to be made, so that keys are needed.

    Raises:
        InputError: a name, a key, an argument or a modality is not valid.
    """
    opened: dict[tuple[Any, ...], Model] = {}
    hosting = Hosting(media.root, Workspace(conditions.workspace).logs_path, options.max_frames)

    def open_(
        name: str,
        base_url: str | None,
        args: Mapping[str, str],
        *,
        url_option: str = "a base URL",
        need_key: bool = True,
    ) -> Model:
        who = (name, base_url, *sorted(args.items()), need_key)
        if who not in opened:
            opened[who] = open_model(
                name,
                read_media=media.read,
                media_path=media.checked_path,
                samples=dataset.samples,
                answers=Workspace(conditions.workspace).answers_path,
                base_url=base_url,
                args=args,
                connections=conditions.concurrency,
                timeout_s=conditions.timeout_s,
                need_key=need_key and ask,
                hosting=hosting,
                url_option=url_option,
            )
            stack.push_async_callback(opened[who].close)
        return opened[who]

    def open_agent(
        name: str, base_url: str | None, args: Mapping[str, str], *, need_key: bool = True
    ) -> Model | None:
        if name == RULES:
            return None
        if name in _MEANT_RULES:
            raise InputError(f"there is no judge {name!r}; did you mean {RULES}?")
        if not is_served(name):
            raise InputError(
                f"{name} runs without a server and answers about clips alone; it cannot judge or read steps. Name a"
                f" model, or {RULES}"
            )
        return open_(name, base_url, args, url_option="--judge-base-url", need_key=need_key)

    answers_needed = conditions.judging_again is None
    if model is None and _transcribes(options.model):
        raise InputError(
            f"{options.model} writes down words and answers no question: name it with --transcribe"
        )
    if model is None and conditions.judging_again is not None and is_own(options.model):
        # Its answers are stored: neither its weights nor what runs them need be on this machine any more.
        before = conditions.judging_again.settings
        model = StoredModel(before.model.name, before.model.parameters, before.modalities)
    if model is None:
        model = open_(
            options.model,
            options.model_base_url,
            options.model_args,
            url_option="--model-base-url",
            need_key=answers_needed,
        )
    prompts = _authors_prompts(options, dataset)
    names = (options.judge, *options.more_judges)
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"judge {twice[0]} is named twice: to ask it several times, use --judge-repeats")
    _check_judges(options, names)
    judge_models = [open_agent(name, options.judge_base_url, options.judge_args) for name in names]
    extractor_model = open_agent(
        options.extractor or options.judge,
        options.extractor_base_url or options.judge_base_url,
        options.judge_args if options.extractor_args is None else options.extractor_args,
        need_key=answers_needed,
    )
    modalities = _modalities(options, model, dataset)
    sent = frozenset() if isinstance(model, ImportedAnswers) else modalities
    evidence = _evidence(options, open_, conditions.agent_tries, before=conditions.judging_again)
    _check_evidence_is_read(options, names, sent, before=conditions.judging_again)
    return Cast(
        model=model,
        modalities=modalities,
        extractor=_extractor(extractor_model, prompts, conditions.agent_tries),
        extractor_model=extractor_model,
        judges=tuple(
            Seat(make_judge(options.protocol, judge, prompts, conditions.agent_tries), judge, repeat)
            for judge in judge_models
            for repeat in range(options.judge_repeats)
        ),
        evidence=evidence,
        authors_prompts=prompts,
    )


def make_judge(
    protocol: Protocol, model: Model | None, prompts: PromptFile | None = None, agent_tries: int = 3
) -> Judge:
    """The judge of a protocol.

    Args:
        protocol: whose rules it judges by.
        model: what it asks; None for the offline rules.
        prompts: the authors' own, in place of Cuewise's; under `grounded` they are left aside.
        agent_tries: replies that are read at most.

    Raises:
        InputError: the model takes no pictures, which the authors' prompts show it.
    """
    if model is None:
        return RuleJudge(protocol)
    sees = Modality.VIDEO in model.takes
    if protocol is Protocol.GROUNDED:
        return GroundedJudge(model.name, agent_tries, sees=sees)
    if prompts is None:
        return LlmJudge(model.name, agent_tries, sees=sees)
    if not sees:
        raise InputError(
            f"{model.name} takes no pictures, and the authors' prompts (--prompts) show them to the judge"
        )
    return AuthorsJudge(model.name, prompts, agent_tries)


def _check_judges(options: Options, judges: Sequence[str]) -> None:
    """Refuse options that would be ignored.

    Raises:
        InputError: an option is for a model that is asked, or for several votes, and there is none such.
    """
    if {*judges, options.extractor or options.judge} == {RULES}:
        if options.judge_args:
            raise InputError(f"settings of the judge (--judge-arg) need a model as --judge; {RULES} has none")
        if options.judge_base_url is not None:
            raise InputError(
                f"a server of the judge (--judge-base-url) needs a model as --judge; {RULES} asks none"
            )
    if set(judges) == {RULES} and options.judge_repeats > 1:
        raise InputError(f"--judge-repeats needs a model as --judge; {RULES} always says the same")
    if len(judges) * options.judge_repeats == 1 and options.panel_rule is not PanelRule.MAJORITY:
        raise InputError(
            f"--panel {options.panel_rule} needs another --judge, or --judge-repeats: one vote is no panel"
        )


def _check_evidence_is_read(
    options: Options, judges: Sequence[str], sent: frozenset[Modality], *, before: Manifest | None
) -> None:
    """Refuse agents that would tell what nobody reads.

    Args:
        sent: what the model is sent now.
        before: the run that is judged again: what its own agents said is paid for, and stays.

    Raises:
        InputError: there is one.
    """
    if set(judges) != {RULES}:
        return
    for field in ("audio_clue", "describe", "transcribe"):
        name = getattr(options, field)
        if name is None or (before is not None and name == getattr(before.options, field)):
            continue
        if field == "transcribe" and Modality.TEXT in sent:
            continue
        otherwise = ", or text among --modalities" if field == "transcribe" else ""
        raise InputError(
            f"--{field.replace('_', '-')} needs a model as --judge{otherwise}; {RULES} reads annotated cues and"
            " measures of the voice alone"
        )


class _Open(Interface):
    """Opens a model by its name."""

    def __call__(
        self,
        name: str,
        base_url: str | None,
        args: Mapping[str, str],
        *,
        url_option: str = "a base URL",
        need_key: bool = True,
    ) -> Model: ...


def _evidence(
    options: Options, open_: _Open, agent_tries: int, *, before: Manifest | None
) -> tuple[EvidenceSeat, ...]:
    """The agents that the options name.

    Args:
        before: the run that is judged again: what its own agents said is stored, and needs no key.

    Raises:
        InputError: a model cannot be given what it is to describe, or there is nobody whom a setting is for.
    """
    if options.spoken_language is not None and options.transcribe is None:
        raise InputError("--spoken-language is for --transcribe, which is not given")
    if options.evidence_base_url is not None and options.audio_clue is None and options.describe is None:
        raise InputError("--evidence-base-url is for --audio-clue and --describe, of which neither is given")
    seats = []
    if (name := options.transcribe) is not None:
        if not _transcribes(name):
            raise InputError(f"--transcribe takes a speech recogniser, asr/MODEL, not {name!r}")
        args = {} if options.spoken_language is None else {"language": options.spoken_language}
        model = open_(name, None, args, need_key=before is None or before.options.transcribe != name)
        seats.append(EvidenceSeat(Transcriber(model.name, agent_tries), model))
    for option, name, agent, modality, what in (
        ("--audio-clue", options.audio_clue, Listener, Modality.AUDIO, "sound"),
        ("--describe", options.describe, Viewer, Modality.VIDEO, "pictures"),
    ):
        if name is None:
            continue
        if not is_served(name):
            raise InputError(f"{option} takes a model that can be asked anything about a clip, not {name!r}")
        said = before is not None and name in (before.options.audio_clue, before.options.describe)
        url_option = "--evidence-base-url"
        model = open_(name, options.evidence_base_url, {}, url_option=url_option, need_key=not said)
        if modality not in model.takes:
            takes = ", ".join(sorted(model.takes))
            raise InputError(f"{option} needs a model that takes {what} ({modality}); {name} takes {takes}")
        seats.append(EvidenceSeat(agent(model.name, agent_tries), model))
    return tuple(seats)


def _transcribes(name: str) -> bool:
    return name.startswith("asr/")


def _extractor(model: Model | None, prompts: PromptFile | None, agent_tries: int) -> Extractor:
    if model is None:
        return RuleExtractor()
    if prompts is not None:
        return AuthorsExtractor(model.name, prompts, agent_tries)
    return LlmExtractor(model.name, agent_tries)


def _authors_prompts(options: Options, dataset: Dataset) -> PromptFile | None:
    """The file of `options.prompts`.

    Raises:
        InputError: nobody would be asked in its words, or it lacks a task of the dataset.
    """
    if options.prompts is None:
        return None
    if {options.extractor or options.judge, options.judge, *options.more_judges} == {RULES}:
        raise InputError(f"the authors' prompts (--prompts) need a model as --judge; {RULES} asks none")
    prompts = read_prompt_file(Path(options.prompts))
    prompts.require(sample.task for sample in dataset.samples)
    return prompts


def warnings_of_kin(model: str, judges: Sequence[str], describers: Sequence[str] = ()) -> list[str]:
    """A sentence for each judge, and each agent that describes the clip, that is of the model's own family."""
    return [
        f"Judge {judge} and model {model} are of one family ({family(model)}), which may favour the model: add a judge"
        " of another family with another --judge"
        for judge in kin(model, judges)
    ] + [
        f"{name}, which describes clips for the judge, and model {model} are of one family ({family(model)}): what"
        " the model sees or hears wrongly the other may too"
        for name in kin(model, describers)
    ]


def _modalities(options: Options, model: Model, dataset: Dataset) -> frozenset[Modality]:
    """What the model is sent; what could not be sent is an error before the first call."""
    if isinstance(model, ImportedAnswers):
        if options.modalities is not None and set(options.modalities) != model.takes:
            told = ", ".join(sorted(model.takes)) or "nothing of the clips"
            raise InputError(
                f"{model.name} was collected with {told}, as its import says: leave --modalities out"
            )
        if options.video is not VideoForm.FRAMES:
            raise InputError(f"{model.name} is sent nothing, as it was answered elsewhere: leave --video out")
        if options.treatment is not None:
            raise InputError(
                f"{model.name} was answered elsewhere: what it was sent cannot be changed any more"
            )
        return model.takes
    chosen = _chosen(options, model, dataset)
    if options.video is VideoForm.FILE:
        if Modality.VIDEO not in chosen:
            raise InputError(f"--video {options.video}: {model.name} is not given the picture")
        if VideoForm.FILE not in video_forms(model):
            raise InputError(
                f"{model.name} takes no video files, as far as is known: leave --video {options.video} out, or correct"
                " its card with --model-arg video_files=true"
            )
    _check_treatment(options, model, chosen)
    in_file = options.video is VideoForm.FILE and hears_files(model)
    if one_medium(model) and not in_file and chosen >= {Modality.VIDEO, Modality.AUDIO}:
        raise InputError(
            f"{model.name} takes one kind of media in a message, as far as is known, and pictures and sound would be"
            " sent: use --video file, whose sound is heard, or --modalities video"
        )
    return chosen


def _check_treatment(options: Options, model: Model, chosen: frozenset[Modality]) -> None:
    """See that the model is given what a treatment changes.

    Raises:
        InputError: it is not.
    """
    treatment = options.treatment
    if treatment is None:
        return
    if options.video is VideoForm.FILE:
        raise InputError(f"{treatment.kind} changes frames and sound, and no video file: use --video frames")
    lacking = treatment.needs - {modality.value for modality in chosen}
    if lacking:
        raise InputError(
            f"{treatment.kind} needs {', '.join(sorted(lacking))}, which {model.name} is not given"
        )


def _chosen(options: Options, model: Model, dataset: Dataset) -> frozenset[Modality]:
    if options.modalities is None:
        return model.takes - {Modality.TEXT}
    known = [modality.value for modality in Modality]
    if unknown := sorted(set(options.modalities) - set(known)):
        raise InputError(f"unknown modality {', '.join(unknown)}: choose from {', '.join(known)}")
    chosen = frozenset(Modality(name) for name in options.modalities)
    if beyond := sorted(chosen - model.takes):
        takes = ", ".join(sorted(model.takes)) or "nothing of a clip"
        mend = ". If that is not so, correct it with --model-arg takes=..." if is_served(model.name) else ""
        raise InputError(f"{model.name} cannot be given {', '.join(beyond)}: it takes {takes}{mend}")
    if Modality.TEXT in chosen and options.transcribe is None:
        without = sum(sample.transcript is None for sample in dataset.samples)
        if without:
            raise InputError(
                f"{without} of {len(dataset.samples)} samples have no transcript to send: leave text out of"
                " --modalities, add transcripts to the manifest, or have them made with --transcribe"
            )
    return chosen
