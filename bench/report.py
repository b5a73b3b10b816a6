"""Results: the rows of `build/bench.json`, and the table on the screen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

__all__ = ["Row", "show", "write"]


@dataclass(frozen=True, slots=True)
class Row:
    """One measured value."""

    area: str
    """What part of the product: `s3`, `recording`, `history`, `memory`."""
    case: str
    """What was done: `GET 4 KiB, 16 connections`."""
    metric: str
    """`rate`, `p50`, `p99`, `cpu`, `rss`, `cost`, ..."""
    value: float
    unit: str
    peer: str = "s3trail"
    """Whose value it is."""
    ratio: float | None = None
    """s3trail's value over this peer's, where they are compared."""
    target: str = ""
    """What must hold for the value or the ratio; empty where nothing must."""
    ok: bool | None = None
    """Whether it does; None without a target."""


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as a JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def show(rows: Sequence[Row]) -> None:
    """Print the rows, grouped by area and case."""
    table = Table(title="s3trail bench")
    for name in ("area", "case", "metric", "peer"):
        table.add_column(name)
    for name in ("value", "s3trail / peer"):
        table.add_column(name, justify="right")
    table.add_column("target")
    before = ("", "")
    for row in rows:
        group = (row.area, row.case)
        if group != before and before != ("", ""):
            table.add_section()
        verdict = "" if row.ok is None else ("[green]ok[/]" if row.ok else "[red]missed[/]")
        table.add_row(
            *(group if group != before else ("", "")),
            row.metric,
            row.peer,
            f"{row.value:,.2f} {row.unit}" if row.value < 100 else f"{row.value:,.0f} {row.unit}",
            "" if row.ratio is None else f"{row.ratio:.2f}x",
            f"{row.target} {verdict}",
        )
        before = group
    Console(width=140).print(table)
