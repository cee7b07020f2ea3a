"""The environment, read once into frozen models; every missing or wrong variable is named, all at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, ValidationError

PREFIX = "HIKARI_"


class Config(BaseModel):
    """A part's own settings. The field `smtp_url` is read from `HIKARI_SMTP_URL`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


C = TypeVar("C", bound=Config)


class Misconfigured(Exception):
    """One or more variables are missing or wrong; the message names every one and says what is expected."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("configuration:\n" + "\n".join(f"  {fault}" for fault in faults))


def environment(dotenv: Path | None = Path(".env")) -> dict[str, str]:
    """`HIKARI_*` of the process, over those of the `.env` file where there is one."""
    from_file = dotenv_values(dotenv) if dotenv and dotenv.is_file() else {}
    merged = {**from_file, **os.environ}
    return {name: value for name, value in merged.items() if name.startswith(PREFIX) and value is not None}


class Faults:
    """Collects what is wrong over several models, so that an operator mends all of it in one go."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._values = {name.removeprefix(PREFIX).lower(): value for name, value in env.items()}
        self._faults: list[str] = []

    def read(self, model: type[C], *, to_be_completed: bool = False) -> C | None:
        """The model filled from the environment; None, with its faults noted, where it cannot be.

        What is missing is no fault where the environment is `to_be_completed` by the caller.
        """
        try:
            return model.model_validate(self._values)
        except ValidationError as error:
            for fault in error.errors(include_input=False, include_url=False):
                if to_be_completed and fault["type"] == "missing":
                    continue
                self._note(fault["loc"], fault["type"], fault["msg"])
            return None

    def _note(self, location: tuple[Any, ...], kind: str, message: str) -> None:
        name = PREFIX + str(location[0]).upper() if location else "the settings together"
        text = f"{name}: {'is missing' if kind == 'missing' else message}"
        if text not in self._faults:
            self._faults.append(text)

    def note(self, name: str, message: str) -> None:
        """Add what no model can know. `name` is the variable's, with its prefix."""
        self._faults.append(f"{name}: {message}")

    def raise_if_any(self) -> None:
        """Raises `Misconfigured` with everything noted."""
        if self._faults:
            raise Misconfigured(self._faults)


def load(model: type[C], env: Mapping[str, str] | None = None) -> C:
    """One model from the environment. Raises `Misconfigured`."""
    faults = Faults(environment() if env is None else env)
    loaded = faults.read(model)
    faults.raise_if_any()
    assert loaded is not None
    return loaded
