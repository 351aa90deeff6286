"""Where a study lies: `WORKSPACE/studies/NAME/`, with `study.json`, which is frozen, and `ratings.sqlite`."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from cuewise.errors import InputError, RunError
from cuewise.runs.workspace import Workspace, folder_name
from cuewise.study.records import Study
from cuewise.whole_files import write_whole


class StudyFolder:
    """The files of one study."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.study_path = path / "study.json"
        self.ratings_path = path / "ratings.sqlite"

    def exists(self) -> bool:
        return self.study_path.is_file()

    def study(self) -> Study:
        """Read the frozen study.

        Raises:
            RunError: it is missing, damaged, or of another version.
        """
        try:
            return Study.model_validate_json(self.study_path.read_bytes())
        except OSError as error:
            raise RunError(f"study {self.name} cannot be read: {error.strerror}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RunError(
                f"study {self.name} is damaged at {where or 'its start'}: {first['msg']}. Restore its study.json;"
                " the ratings beside it are whole"
            ) from error

    def check_new(self) -> None:
        """See that there is none by this name. A folder into which nothing could be written yet is none.

        Raises:
            InputError: there is, or there are ratings of one.
        """
        if self.exists() or self.ratings_path.exists():
            raise InputError(
                f"there is a study {self.name} already, and a study is never changed: give another --name"
            )

    def freeze(self, study: Study) -> None:
        """Write a new study.

        Raises:
            InputError: there is a study by that name.
        """
        self.check_new()
        self.path.mkdir(parents=True, exist_ok=True)
        write_whole(self.study_path, study.model_dump_json(exclude_defaults=True).encode())


def study_folder(workspace: Workspace, name: str) -> StudyFolder:
    """The folder of a study, existing or not.

    Raises:
        RunError: the name would not be a plain folder name.
    """
    return StudyFolder(workspace.studies_path / folder_name(name, "a study"))


def existing_study(workspace: Workspace, name: str) -> StudyFolder:
    """The folder of a study that was created.

    Raises:
        RunError: there is none by that name; the message lists those there are.
    """
    folder = study_folder(workspace, name)
    if not folder.exists():
        names = ", ".join(study.name for study in studies(workspace)) or "none"
        raise RunError(
            f"there is no study {name!r} in this workspace; there are: {names}. `cuewise study create RUN` makes one"
        )
    return folder


def studies(workspace: Workspace) -> list[StudyFolder]:
    """The studies of a workspace, by name."""
    if not workspace.studies_path.is_dir():
        return []
    folders = (StudyFolder(path) for path in sorted(workspace.studies_path.iterdir()))
    return [folder for folder in folders if folder.exists()]
