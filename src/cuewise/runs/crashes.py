"""What a model does that its protocol has no place for, as a failure of that model: most are of users' own."""

from __future__ import annotations

import logging
import traceback

from cuewise.errors import CuewiseError, PermanentModelError
from cuewise.models.protocol import Completion, Model, Request
from cuewise.samples.problems import printable

log = logging.getLogger("cuewise")


class Crashes:
    """Calls models, and logs each place where one breaks once."""

    def __init__(self) -> None:
        self._logged: set[tuple[str, type[Exception], str, int | None]] = set()

    async def settle(self, model: Model, request: Request) -> Completion | BaseException:
        """What the call gave or raised; an exception that nobody raised on purpose as a `PermanentModelError`."""
        try:
            completion: object = await model.generate(request)
        except CuewiseError as error:
            return error
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this call's alone
            return self._crashed(model.name, error)
        except BaseException as error:  # noqa: BLE001 - raised again by the caller once it is recorded
            return error
        if isinstance(completion, Completion):
            return completion
        gave = f"{model.name} gave {type(completion).__name__} in place of a Completion"
        return PermanentModelError(gave, kind="crashed")

    def _crashed(self, model: str, error: Exception) -> PermanentModelError:
        *_, last = traceback.extract_tb(error.__traceback__)
        place = (model, type(error), last.filename, last.lineno)
        if place not in self._logged:
            self._logged.add(place)
            log.error("%s: a call broke; logged once for all that break there", model, exc_info=error)
        what = f"{type(error).__name__}: {printable(error, limit=1000)}".removesuffix(": ")
        failure = PermanentModelError(f"{model} raised {what}", kind="crashed")
        failure.__cause__ = error
        return failure
