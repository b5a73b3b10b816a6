"""The composition root: the only place that wires parts together, and the processes that `serve` runs."""

from __future__ import annotations

from s3trail.app.supervisor import serve

__all__ = ["serve"]
