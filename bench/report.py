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
    """Print one line for each peer and case of the objects, and one for each other value."""
    console = Console(width=140)
    objects = Table(title="Objects")
    for name in ("case", "server"):
        objects.add_column(name, no_wrap=True)
    for name in ("rate /s", "p50 ms", "p99 ms", "CPU µs/op", "RSS MiB", "s3trail / peer"):
        objects.add_column(name, justify="right")
    objects.add_column("target")
    others = Table(title="Recording, memory, Event history")
    for name in ("case", "metric", "value", "target"):
        others.add_column(name, justify="right" if name == "value" else "left")
    lines: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        if row.area == "s3":
            lines.setdefault((row.case, row.peer), {})[row.metric] = row
        else:
            others.add_row(
                f"{row.area}: {row.case}", row.metric, f"{row.value:,.2f} {row.unit}", _verdict(row)
            )
    before = ""
    for (case, peer), metrics in lines.items():
        if before not in {"", case}:
            objects.add_section()
        rate = metrics["rate"]
        objects.add_row(
            case if case != before else "",
            peer,
            *(f"{metrics[name].value:,.1f}" for name in ("rate", "p50", "p99", "cpu", "rss")),
            "" if rate.ratio is None else f"{rate.ratio:.2f}x",
            _verdict(rate),
        )
        before = case
    console.print(objects)
    console.print(others)


def _verdict(row: Row) -> str:
    if row.ok is None:
        return ""
    return f"{row.target} {'[green]ok[/]' if row.ok else '[red]missed[/]'}"
