"""`s3trail selectors test`: which events a trail would keep with the selectors of a file.

Input: selectors as `aws cloudtrail get-event-selectors` prints them, or their list alone; events from a file
or from the journal. Output: the events that match.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from s3trail.cli import options

if TYPE_CHECKING:
    from s3trail.cli.forms import Match
    from s3trail.matching.selectors import Matches

__all__ = ["selectors"]

selectors = typer.Typer(help="Event selectors.", no_args_is_help=True, rich_markup_mode=None)


@selectors.callback()
def _selectors() -> None:
    """Event selectors of trails."""


@selectors.command("test")
def try_out(
    file: Annotated[Path, typer.Argument(help="JSON file with basic or advanced event selectors.")],
    event: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Events: one record, a log file (.json or .json.gz), or NDJSON."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME|AGE", help="Events of the journal since then, such as 1h.")
    ] = None,
    data: options.Data = None,
    output: Annotated[
        options.Stream | None,
        typer.Option("--output", "-o", help="Default: table on a terminal, else ndjson.", show_default=False),
    ] = None,
) -> None:
    """Show the events that selectors match; exit code 1 if there are none."""
    if (event is None) is (since is None):
        raise typer.BadParameter("give either --event or --since")
    from s3trail.cli import forms

    matches = _compiled(file)
    events = _of_file(event) if event is not None else _of_journal(data, since or "")
    seen = kept = 0

    def matching() -> Iterator[Match]:
        nonlocal seen, kept
        for each in events:
            seen += 1
            if matches(each.record):
                kept += 1
                yield each

    forms.write(matching(), output or options.Stream.default())
    print(f"{kept} of {seen} events match", file=sys.stderr)
    if not kept:
        raise typer.Exit(1)


def _compiled(file: Path) -> Matches:
    """The selectors of a file as a predicate.

    Raises:
        Failure: the file holds no selectors.
        InvalidEventSelectorsException: PutEventSelectors would refuse them.
    """
    import orjson

    from s3trail.matching.advanced_selectors import compile_advanced, validate_advanced
    from s3trail.matching.selectors import compile_basic, validate_basic

    try:
        document = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise options.Failure(f"{file} is no JSON: {error}") from error
    listed: Any = document
    if isinstance(document, dict):
        listed = document.get("AdvancedEventSelectors") or document.get("EventSelectors")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed) or not listed:
        raise options.Failure(f"{file} holds no list of event selectors")
    if "FieldSelectors" in listed[0]:
        return compile_advanced(validate_advanced(listed))
    return compile_basic(validate_basic(listed))


def _of_file(path: Path) -> Iterator[Match]:
    import gzip

    import orjson

    from s3trail.cli.forms import Match

    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    try:
        document = orjson.loads(content)
        records = document.get("Records", [document]) if isinstance(document, dict) else document
    except orjson.JSONDecodeError:
        try:
            records = [orjson.loads(line) for line in content.splitlines() if line.strip()]
        except orjson.JSONDecodeError as error:
            raise options.Failure(f"{path} holds no events: {error}") from error
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise options.Failure(f"{path} holds no events: number {number} isn't an object")
        yield Match(number, 0.0, orjson.dumps(record), record)


def _of_journal(data: Path | None, since: str) -> Iterator[Match]:
    import time

    from s3trail.cli import scan
    from s3trail.cli.directory import open_environment
    from s3trail.cli.filters import Criteria, parse_time

    start = parse_time("--since", since, time.time())
    with open_environment(options.settings(data=data).data) as environment:
        yield from scan.newest_first(environment, Criteria(start=start))
