"""Short lists on the screen or for programs: settings, accounts, users."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence

from s3trail.cli.options import Listing

__all__ = ["show"]


def show(rows: Sequence[Mapping[str, str]], columns: Sequence[str], form: Listing) -> None:
    """Print rows to stdout.

    Args:
        rows: members by name; JSON forms print all of them.
        columns: the members that a table shows, in order.
        form: the table on a terminal fits it; elsewhere its lines are as long as they need.
    """
    if form is Listing.json:
        print(json.dumps(list(rows), indent=2, ensure_ascii=False))
    elif form is Listing.ndjson:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    elif form is Listing.csv:
        writer = csv.DictWriter(sys.stdout, list(columns), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    elif sys.stdout.isatty():
        _show_fitted(rows, columns)
    else:
        _show_plain(rows, columns)


def _show_fitted(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[column]) for column in columns))
    Console(highlight=False).print(table)


def _show_plain(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> None:
    lines = [list(columns), *([row[column] for column in columns] for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
