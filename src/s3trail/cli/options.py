"""Options that several commands share, and the settings they amount to."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from s3trail.config import Settings

__all__ = ["ConfigFile", "Data", "Failure", "Listing", "Report", "Stream", "settings"]


class Failure(Exception):
    """A command can't do what was asked; the message is for the person who asked."""


class Report(StrEnum):
    """Forms of a short answer."""

    text = "text"
    json = "json"


class Listing(StrEnum):
    """Forms of a list."""

    table = "table"
    json = "json"
    csv = "csv"
    ndjson = "ndjson"


class Stream(StrEnum):
    """Forms of records."""

    table = "table"
    json = "json"
    csv = "csv"
    ndjson = "ndjson"

    @classmethod
    def default(cls) -> Stream:
        """A table for eyes, whole records for programs."""
        return cls.table if sys.stdout.isatty() else cls.ndjson


Data = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="The data directory [env: S3TRAIL_DATA; default: ./s3trail-data].",
        show_default=False,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="TOML file with settings [env: S3TRAIL_CONFIG].", show_default=False
    ),
]


def settings(config_file: Path | None = None, **flags: object) -> Settings:
    """The settings of this command line.

    Args:
        config_file: `--config`.
        flags: values by setting name with `_` for the dot; None: the flag wasn't given.

    Raises:
        SettingError: a setting is wrong.
    """
    from s3trail.config import load

    given = {name.replace("_", ".", 1): str(value) for name, value in flags.items() if value is not None}
    return load(config_file=config_file, flags=given)
