"""The head of an answer: nothing in a value can become another header."""

from __future__ import annotations

import pytest

from s3trail.gateway.connection import head


def test_writes_status_line_and_headers() -> None:
    assert head(206, [("ETag", '"a"'), ("x-amz-meta-ä", "ö")]) == (
        b'HTTP/1.1 206 Partial Content\r\nETag: "a"\r\nx-amz-meta-\xc3\xa4: \xc3\xb6\r\n\r\n'
    )


@pytest.mark.parametrize("breaking", ["a\r\nSet-Cookie: b", "a\nSet-Cookie: b", "a\rSet-Cookie: b"])
def test_drops_line_breaks_in_values(breaking: str) -> None:
    written = head(200, [("Content-Disposition", breaking), ("ETag", "x")])

    assert written == b"HTTP/1.1 200 OK\r\nContent-Disposition: aSet-Cookie: b\r\nETag: x\r\n\r\n"


def test_a_status_without_a_phrase_is_still_written() -> None:
    assert head(599, []) == b"HTTP/1.1 599 Unknown\r\n\r\n"
