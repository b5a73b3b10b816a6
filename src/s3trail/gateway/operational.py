"""`/_s3trail/health` and `/_s3trail/metrics`: unsigned, for load balancers and Prometheus.

No bucket can have that name, since bucket names don't begin with `_`.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from s3trail.gateway.connection import Incoming, head

__all__ = ["PREFIX", "Operational"]

PREFIX = "/_s3trail/"


class Operational:
    """Answers the operational paths.

    Args:
        health: gives the health document as JSON, and whether all is well.
        metrics: gives the Prometheus text.
        loopback_only: refuse other machines.
    """

    def __init__(
        self, health: Callable[[], tuple[bytes, bool]], metrics: Callable[[], str], *, loopback_only: bool
    ) -> None:
        self._health = health
        self._metrics = metrics
        self._loopback_only = loopback_only

    def answer(self, incoming: Incoming) -> None:
        """Answer one request."""
        request = incoming.request
        status, kind, body = self._find(request.method, request.path, incoming.connection.peer)
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Server", "s3trail"),
        ]
        if not incoming.keep_alive:
            headers.append(("Connection", "close"))
        incoming.connection.write(head(status, headers) + (b"" if request.method == "HEAD" else body))

    def _find(self, method: str, path: str, peer: str) -> tuple[int, str, bytes]:
        text = "text/plain; charset=utf-8"
        if self._loopback_only and not _loopback(peer):
            return 403, text, b"only for callers on this machine (health.loopback_only)\n"
        if method not in ("GET", "HEAD"):
            return 405, text, b"GET or HEAD only\n"
        if path == PREFIX + "health":
            body, well = self._health()
            return (200 if well else 503), "application/json", body
        if path == PREFIX + "metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", self._metrics().encode()
        return 404, text, b"there are health and metrics here\n"


def _loopback(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False
