"""HTTP requests and responses as values; the edge makes the one and writes the other.

`Request` is what arrived, undecoded where a signature depends on it. `Response` is what an operation's
result or an
error became; its body is bytes, or a `ByteSource` that the edge streams.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote, unquote_plus

from s3trail.kernel.operation import ByteSource

__all__ = ["Request", "Response", "parse_form", "parse_query"]


@dataclass(slots=True)
class Request:
    """The head of one HTTP request.

    Bytes are decoded as UTF-8 with `surrogateescape`, so that hostile header bytes survive until they are
    refused.
    """

    method: str
    """`GET`, ... as sent."""
    path: str
    """The raw path, percent-encoded as sent, without the query."""
    query_string: str
    """The raw query, without `?`; empty when there is none."""
    headers: dict[str, str]
    """Lower-case names; repeated headers joined by `,` in the order they came."""
    raw_headers: list[tuple[str, str]]
    """Every header line in order, names lower-case."""
    query: list[tuple[str, str]] = field(default_factory=list)
    """Decoded query pairs in order; `?acl` gives `("acl", "")`. `+` is left as it is (S3 and SigV4 read it
    literally)."""

    def query_value(self, name: str) -> str | None:
        """The first value of a query name; None when it is absent."""
        for key, value in self.query:
            if key == name:
                return value
        return None


@dataclass(slots=True)
class Response:
    """One HTTP answer, without the connection's own headers (Date, Server, Connection, request ids)."""

    status: int
    headers: list[tuple[str, str]]
    """In order; Content-Length is set by the edge from the body unless it is here already (HEAD)."""
    body: bytes | ByteSource = b""


@lru_cache(maxsize=1024)
def _pairs(query_string: str) -> tuple[tuple[str, str], ...]:
    found = []
    for part in query_string.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append((unquote(name, errors="surrogateescape"), unquote(value, errors="surrogateescape")))
    return tuple(found)


def parse_query(query_string: str) -> list[tuple[str, str]]:
    """Decoded pairs in order. `+` stays `+`: S3 clients send a space as `%20`, and SigV4 signs it so."""
    return list(_pairs(query_string)) if query_string else []


def parse_form(body: str) -> list[tuple[str, str]]:
    """Decoded pairs of an `application/x-www-form-urlencoded` body, where `+` is a space."""
    found = []
    for part in body.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append(
                (
                    unquote_plus(name, errors="surrogateescape"),
                    unquote_plus(value, errors="surrogateescape"),
                )
            )
    return found
