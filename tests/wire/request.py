"""Requests written by hand, as the edge would hand them over."""

from __future__ import annotations

from s3trail.wire.http import Request, parse_query


def request(method: str, target: str, **headers: str) -> Request:
    """A request; `_` in header names stands for `-`."""
    path, _, query = target.partition("?")
    named = {"host": "localhost:9000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, path, query, named, list(named.items()), parse_query(query))
