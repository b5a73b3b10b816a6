"""A client's round of work: running a program, files of known content, the records of the round."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from s3trail.testing.server import Credentials, Server

__all__ = ["LARGE", "Round"]

LARGE = 12 << 20
"""Over the part size of every client here, so that it uploads in parts."""


class Round:
    """One client's work in one bucket, and the records that it left.

    Attributes:
        server: the server.
        user: the client's own user, so that its records are told from others'.
        bucket: the bucket that the client makes and removes.
        folder: an empty folder with `small.txt` (5 bytes) and `large.bin` (12 MiB).
    """

    def __init__(self, server: Server, user: Credentials, bucket: str, folder: Path) -> None:
        self.server = server
        self.user = user
        self.bucket = bucket
        self.folder = folder
        self.small = folder / "small.txt"
        self.small.write_bytes(b"small")
        self.large = folder / "large.bin"
        self.large.write_bytes(bytes(range(256)) * (LARGE // 256))

    def run(self, *command: str, environment: dict[str, str] | None = None) -> str:
        """Run a program in the folder and give its output; fails with what it said if it fails."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **(environment or {})},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def records(self) -> list[dict[str, Any]]:
        """The client's records, oldest first."""
        key = self.user.access_key_id
        return [
            record
            for record in self.server.records()
            if record["userIdentity"].get("accessKeyId") == key
            and record["eventSource"] == "s3.amazonaws.com"
        ]

    def check(
        self, *event_names: str, agent: str, version: str = "SigV4", method: str = "AuthHeader"
    ) -> None:
        """Check that these events, each at least once without an error, are on record as this client's.

        Args:
            event_names: eventName of calls that the client must have made.
            agent: a part of the client's User-Agent.
            version: signature version of every call.
            method: `AuthHeader` or `QueryString`.
        """
        found = self.records()
        succeeded = Counter(record["eventName"] for record in found if "errorCode" not in record)
        assert set(event_names) <= set(succeeded), succeeded
        for record in found:
            if record.get("errorCode") == "AuthorizationHeaderMalformed":
                # s3cmd begins with the region `US` and takes the right one from the answer.
                assert record["userIdentity"]["accessKeyId"] == self.user.access_key_id
                continue
            assert record["userIdentity"]["userName"] == self.user.user_name
            assert agent in record["userAgent"]
            assert record["additionalEventData"]["SignatureVersion"] == version
            assert record["additionalEventData"]["AuthenticationMethod"] == method
        buckets = {(record["requestParameters"] or {}).get("bucketName") for record in found} - {None}
        assert self.bucket in buckets
