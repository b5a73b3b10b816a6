"""Identifiers as AWS shapes them.

Random ones come from `Ids`, an argument wherever they are needed, so that tests can set them.
Shapes: reference sheet `cloudtrail-records.md` section 3.8 (request ids of 16 characters, `x-amz-id-2` of 76)
and the IAM User Guide, "IAM identifiers" (prefixes AKIA, ASIA, AIDA, AROA followed by base-32 characters).
"""

from __future__ import annotations

import base64
import os
import threading
import uuid
from typing import Protocol

__all__ = ["Ids", "RandomIds"]

_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PAIRS = tuple(a + b for a in _BASE36 for b in _BASE36)
_PAIR_COUNT = len(_PAIRS)


class Ids(Protocol):
    """Where random identifiers come from."""

    def request_id(self) -> str:
        """16 characters of [0-9A-Z]: S3's request id."""
        ...

    def host_id(self) -> str:
        """76 characters of base64: `x-amz-id-2`."""
        ...

    def event_id(self) -> str:
        """A random UUID (version 4): `eventID`, and the request id of the JSON services."""
        ...

    def hex(self, count: int) -> str:
        """`count` random bytes in lower-case hex: names of files, upload ids."""
        ...

    def unique_id(self, prefix: str) -> str:
        """`AKIA…`, `AIDA…`: the prefix and 16 base-32 characters."""
        ...

    def secret_key(self) -> str:
        """A secret access key: 40 characters of base64."""
        ...

    def account_id(self) -> str:
        """Twelve digits, the first not zero."""
        ...


class RandomIds(threading.local):
    """Identifiers from the operating system's random numbers, drawn in blocks (one system call for many).

    Every thread draws from blocks of its own, so that no two get the same bytes.
    """

    def __init__(self) -> None:
        self._pool = b""
        self._at = 0
        self._pid = os.getpid()

    def _take(self, count: int) -> bytes:
        # After a fork parent and child would draw the same bytes from a shared pool.
        if self._at + count > len(self._pool) or self._pid != os.getpid():
            self._pool = os.urandom(max(4096, count))
            self._at = 0
            self._pid = os.getpid()
        start = self._at
        self._at = start + count
        return self._pool[start : start + count]

    def request_id(self) -> str:
        """16 characters of [0-9A-Z]."""
        drawn = self._take(16)
        return "".join([_PAIRS[(drawn[i] << 8 | drawn[i + 1]) % _PAIR_COUNT] for i in range(0, 16, 2)])

    def host_id(self) -> str:
        """76 characters of base64."""
        return base64.b64encode(self._take(56)).decode()

    def event_id(self) -> str:
        """A random UUID (version 4)."""
        drawn = bytearray(self._take(16))
        drawn[6] = drawn[6] & 0x0F | 0x40
        drawn[8] = drawn[8] & 0x3F | 0x80
        text = drawn.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def hex(self, count: int) -> str:
        """`count` random bytes in hex."""
        return self._take(count).hex()

    def unique_id(self, prefix: str) -> str:
        """The prefix and 16 base-32 characters."""
        return prefix + base64.b32encode(self._take(10)).decode()

    def secret_key(self) -> str:
        """40 characters of base64, without `=`."""
        return base64.b64encode(os.urandom(30)).decode()

    def account_id(self) -> str:
        """Twelve digits, the first not zero."""
        return str(10**11 + uuid.uuid4().int % (9 * 10**11))
