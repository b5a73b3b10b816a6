"""What `s3trail serve` says once it answers: where it is, how to point clients at it, what to try."""

from __future__ import annotations

import shlex
from pathlib import Path

from s3trail.config import SETTINGS, Settings

__all__ = ["reachable", "welcome"]


def welcome(endpoint: str, settings: Settings, new_key: tuple[str, str] | None) -> str:
    """The text.

    Args:
        endpoint: URL of all AWS APIs.
        settings: those in force.
        new_key: id and secret of the root key, if this start has made it: its secret is shown this once.
    """
    default = Path(SETTINGS["data"].default).absolute()
    data = "" if settings.data == default else f" --data {shlex.quote(str(settings.data))}"
    lines = [
        f"s3trail answers all AWS APIs at {reachable(endpoint)}",
        f"data, journal and secrets are in {settings.data}",
    ]
    if new_key is not None:
        lines += [
            "",
            "The root access key of the first account was made; its secret is shown this once:",
            f"  access key id      {new_key[0]}",
            f"  secret access key  {new_key[1]}",
        ]
    lines += [
        "",
        "Point the aws cli and the SDKs at it, in another shell:",
        f'  eval "$(s3trail env{data})"',
        "",
        "Try:",
        "  aws s3 mb s3://photos",
        "  aws cloudtrail lookup-events --max-items 3",
        f"  s3trail tail -f{data}",
    ]
    return "\n".join(lines)


def reachable(url: str) -> str:
    """A URL that clients on this machine can use: a server that listens everywhere is reached by loopback."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
