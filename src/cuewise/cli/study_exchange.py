"""`cuewise export study` and `cuewise import study`: a study's ratings as files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from cuewise.runs.workspace import Workspace
    from cuewise.study.records import Item, Study
    from cuewise.study.store import RatingStore


class RatingsFormat(StrEnum):
    """As `FileFormat` in `cuewise.study.exchange.bringing_in`, which is not imported to stay fast."""

    CSV = "csv"
    JSON = "json"
    LABEL_STUDIO = "label-studio"


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of a study in the workspace.")]


def export_study_command(
    name: NameArgument,
    export_format: Annotated[
        RatingsFormat,
        typer.Option(
            "--format",
            help="csv: a row per rater, item and step, which `cuewise calibrate RUN --ratings` reads. json: everything,"
            " every click too. label-studio: the study itself, to be rated there; its tasks, and beside them the"
            " labelling interface as .xml.",
        ),
    ] = RatingsFormat.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new file. Default: standard output.")
    ] = None,
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="csv: the ratings of this run's answers alone.")
    ] = None,
    media_prefix: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="label-studio: what stands before a clip's path to make its address; by default, that of files which"
            " Label Studio serves from a folder.",
        ),
    ] = "/data/local-files/?d=",
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
) -> None:
    """Write what raters say in a study, or the study for Label Studio."""
    from contextlib import closing

    from cuewise.cli.output import refuse_existing
    from cuewise.errors import InputError
    from cuewise.runs.workspace import Workspace
    from cuewise.study.folder import existing_study
    from cuewise.study.store import RatingStore

    refuse_existing(output)
    place = Workspace(workspace)
    folder = existing_study(place, name)
    study = folder.study()
    if run is not None and run not in study.plan.runs:
        raise InputError(f"study {name} is of {', '.join(study.plan.runs)}, and not of {run!r}")
    if export_format is RatingsFormat.LABEL_STUDIO:
        _write_label_studio(study, place, output, media_prefix)
    elif folder.ratings_path.exists():
        with closing(RatingStore(folder.ratings_path, read_only=True)) as store:
            _write_ratings(study, store, export_format, output, run)
    else:
        _write_ratings(study, None, export_format, output, run)


def _write_ratings(
    study: Study,
    store: RatingStore | None,
    export_format: RatingsFormat,
    output: Path | None,
    run: str | None,
) -> None:
    import json

    from cuewise.cli.output import opened, say
    from cuewise.counts import how_many
    from cuewise.study.exchange.document import document
    from cuewise.study.exchange.table import write_table

    if export_format is RatingsFormat.JSON:
        whole = document(study, store)
        with opened(output) as file:
            # ASCII, which every terminal and pipe takes, whatever text is in it.
            file.write(json.dumps(whole, indent=1, allow_nan=False) + "\n")
        say(f"{how_many(len(whole['ratings']), 'rated item')}, {how_many(len(whole['clicks']), 'click')}")
        return
    # With a byte order mark, spreadsheets read the file as UTF-8.
    with opened(output, encoding="utf-8-sig") as file:
        rows = write_table(study, store.all_said() if store is not None else (), file, run=run)
    say(f"{how_many(rows, 'row')}; attention items are left out")


def _write_label_studio(study: Study, place: Workspace, output: Path | None, media_prefix: str) -> None:
    import json

    from cuewise.cli.output import opened, refuse_existing, say
    from cuewise.counts import how_many
    from cuewise.errors import InputError
    from cuewise.media.clip_paths import ClipPaths
    from cuewise.media.store import MediaStore
    from cuewise.study.exchange.label_studio import interface, tasks

    if output is None or output.suffix.lower() != ".json":
        raise InputError("two files are written for Label Studio: name the first with -o FILE.json")
    xml = output.with_suffix(".xml")
    refuse_existing(xml, "an interface that was changed")
    paths = ClipPaths(MediaStore(place.media_path))

    def clip_name(item: Item) -> str:
        """As the dataset names it, with the ending that its file has here."""
        path = paths.find(item.facts.sha256) if item.facts is not None else None
        clip = item.sample.clip.id
        return clip if path is None or clip.lower().endswith(path.suffix.lower()) else clip + path.suffix

    made = tasks(study, clip_name, media_prefix)
    with opened(output) as file:
        file.write(json.dumps(made, indent=1, allow_nan=False) + "\n")
    with opened(xml) as file:
        file.write(interface(study))
    say(f"{how_many(len(made), 'task')} in {output}; the labelling interface in {xml}")


def import_study_command(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ratings of this study.")],
    import_format: Annotated[
        RatingsFormat | None,
        typer.Option(
            "--format",
            help="csv or json as `cuewise export study` writes them, or what Label Studio exports as JSON. Default:"
            " told by the file.",
        ),
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    json: opt.JsonOption = False,
) -> None:
    """Bring ratings that were made elsewhere into a study, beside those of its own raters.

    All of the file is imported, or nothing where one entry is unsound. The same file again adds nothing, also where
    something of it was taken back here.
    """
    from contextlib import closing
    from dataclasses import asdict

    from cuewise.cli.output import print_json, say
    from cuewise.counts import how_many
    from cuewise.runs.workspace import Workspace
    from cuewise.samples.problems import printable
    from cuewise.study.exchange.bringing_in import FileFormat, bring_in, format_of, read_ratings
    from cuewise.study.folder import existing_study
    from cuewise.study.store import RatingStore

    folder = existing_study(Workspace(workspace), name)
    study = folder.study()
    file_format = format_of(file) if import_format is None else FileFormat(import_format.value)
    reads = read_ratings(file, file_format, study)
    with closing(RatingStore(folder.ratings_path)) as store:
        brought = bring_in(study, store, reads)
    if json:
        print_json({"study": name, **asdict(brought)})
    else:
        say(
            f"Nothing new: what {printable(file)} holds was said here already"
            if not brought.clicks
            else f"{how_many(brought.clicks, 'new answer')} of {how_many(len(brought.raters), 'rater')} on"
            f" {how_many(brought.items, 'item')}: {', '.join(brought.raters)}"
        )
        if brought.taken_back:
            say(
                f"Not added: {how_many(brought.taken_back, 'answer')} of an earlier import, taken back here since."
                " Say them again on the rater's pages."
            )
