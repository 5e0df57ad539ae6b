"""What may a user name of a study? Parameter types beside those of `mailrace.parameter_types`: studies are heavy to load."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from explore.studies import study
from mailrace.parameter_types import Complaining


class StudyType(Complaining):
    """A study by its name."""

    name = "study"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The study of that name."""
        return self.attempt(lambda: study(value)) if isinstance(value, str) else value


class Setting(NamedTuple):
    """A parameter of a study, and the text of its value."""

    name: str
    value: str


class SettingType(Complaining):
    """`name=value`."""

    name = "setting"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Setting:
        """Its two parts."""
        if isinstance(value, Setting):
            return value
        name, equals, text = value.partition("=")
        if not equals:
            self.fail(f"--set {value} sets nothing; write --set name=value")
        return Setting(name.strip(), text)


STUDY, SETTING = StudyType(), SettingType()
