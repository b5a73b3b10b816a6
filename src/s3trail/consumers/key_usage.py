"""Consumer: journal to the last use of each access key.

Input: journal entries. Output: documents of `state.config.iam.key_usage`, with the position in the same
transaction. Calls would wait if each wrote down its own use, so the latest uses are gathered here and written
every 5 seconds; IAM itself shows them minutes later. A crash loses nothing: the entries are read again.

Only calls of users and root count whose key was believed. What a record says about that stands in its first
members, in an order that `audit.build` keeps, so that a pattern finds it without parsing the whole record.
"""

from __future__ import annotations

import re

import orjson

from s3trail.journal import journal
from s3trail.kernel.clock import Clock
from s3trail.state.config.iam import key_usage
from s3trail.state.config.iam.key_usage import KeyUse
from s3trail.state.environment import Environment

__all__ = ["KeyUsageConsumer"]

_BATCH = 2000
_WRITE_EVERY = 5.0
_POSITION = b"key-usage"
_IDENTITY = re.compile(
    rb'\{"eventVersion":"[^"]*","userIdentity":\{"type":"(?:IAMUser|Root)"[^}]*?"accessKeyId":"(AKIA\w+)"'
)
_KEY = b'"accessKeyId":"'
_NEAR = 1024
"""Bytes of a record in which its `userIdentity` begins to tell the key."""
_CALL = re.compile(
    rb'"eventTime":"[^"]*","eventSource":"([a-z0-9.-]+?)\.amazonaws\.com","eventName":"[^"]*",'
    rb'"awsRegion":"([^"]*)"'
)


class KeyUsageConsumer:
    """Follows which access keys sign calls.

    Args:
        environment: holds the journal and the result.
        clock: tells when to write.
    """

    name = "key-usage"

    def __init__(self, environment: Environment, clock: Clock) -> None:
        self._environment = environment
        self._clock = clock
        with environment.read() as tx:
            kept = tx.get("positions", _POSITION)
            head = journal.head(tx)
        # Beyond the head of a journal that was restored from an older copy nothing has happened.
        self._position = min(orjson.loads(kept), head) if kept is not None else 0
        self._seen = self._position
        self._uses: dict[str, KeyUse] = {}
        self._write_at = 0.0

    def position(self) -> int:
        """The last sequence number whose use is written down."""
        return self._position

    def lag(self, head: int) -> int:
        """Entries that it hasn't looked at yet."""
        return max(0, head - self._seen)

    def step(self) -> bool:
        """Look at up to 2,000 entries; write when it is time."""
        with self._environment.read() as tx:
            entries = list(journal.read(tx, self._seen, _BATCH)) if journal.head(tx) > self._seen else []
        told: set[bytes] = set()
        # Newest first: most entries then are of a key whose last use is known already.
        for entry in reversed(entries):
            record = entry.record
            at = record.find(_KEY, 0, _NEAR) + len(_KEY)
            if at < len(_KEY) or record[at : record.find(b'"', at)] in told:
                continue
            identity = _IDENTITY.match(record)
            call = _CALL.search(record, identity.end()) if identity is not None else None
            if identity is not None and call is not None:
                told.add(identity[1])
                service, region = call[1].decode(), call[2].decode()
                self._uses[identity[1].decode()] = KeyUse(entry.time, service, region)
        if entries:
            self._seen = entries[-1].sequence
        if self._clock.now() >= self._write_at:
            self._write()
        return bool(entries)

    def finish(self) -> None:
        """Write down what was seen."""
        self._write()

    def _write(self) -> None:
        self._write_at = self._clock.now() + _WRITE_EVERY
        if self._seen == self._position:
            return
        with self._environment.write() as tx:
            key_usage.note(tx, self._uses)
            tx.put("positions", _POSITION, orjson.dumps(self._seen))
        self._position = self._seen
        self._uses = {}
