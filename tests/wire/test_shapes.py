"""Scalars are read from every form that SDKs send, and written in the protocol's."""

from __future__ import annotations

import pytest

from s3trail.wire.shapes import Unreadable, iso8601, iso8601_millis, rfc822, text_reader, text_writer


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-31T23:59:59Z", 1769903999.0),
        ("2026-01-31T23:59:59.5Z", 1769903999.5),
        ("2026-01-31T23:59:59.123456Z", 1769903999.123456),
        ("2026-02-01T00:59:59+01:00", 1769903999.0),
        ("2026-01-31T23:59:59", 1769903999.0),
        ("20260131T235959Z", 1769903999.0),
        ("2026-01-31", 1769817600.0),
        ("Sat, 31 Jan 2026 23:59:59 GMT", 1769903999.0),
        ("Sat, 31 Jan 2026 23:59:59 +0000", 1769903999.0),
        ("Saturday, 31-Jan-26 23:59:59 GMT", 1769903999.0),
        ("Sat Jan 31 23:59:59 2026", 1769903999.0),
        ("1769903999", 1769903999.0),
        ("1769903999.25", 1769903999.25),
        (" 1.769903999E9 ", 1769903999.0),
        ("-1", -1.0),
    ],
)
def test_timestamp_is_read(text: str, seconds: float) -> None:
    assert text_reader("timestamp")(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01T00:00:00Z", "1e300", "NaN", "Infinity", "99999-1", "T"]
)
def test_other_text_is_no_timestamp(text: str) -> None:
    with pytest.raises(Unreadable):
        text_reader("timestamp")(text)


def test_timestamps_are_written() -> None:
    assert iso8601_millis(1769903999.123) == "2026-01-31T23:59:59.123Z"
    assert iso8601_millis(-0.5) == "1969-12-31T23:59:59.500Z"
    assert iso8601(1769903999.0) == "2026-01-31T23:59:59Z"
    assert iso8601(1769903999.5) == "2026-01-31T23:59:59.500Z"
    assert rfc822(1769903999.9) == "Sat, 31 Jan 2026 23:59:59 GMT"


def test_unix_timestamps_are_written_without_needless_fraction() -> None:
    write = text_writer("timestamp", "unixTimestamp")
    assert (write(5.0), write(5.25)) == ("5", "5.25")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("boolean", "True", True),
        ("boolean", "false", False),
        ("integer", "-5", -5),
        ("long", "9223372036854775807", 2**63 - 1),
        ("double", "-Infinity", float("-inf")),
        ("double", "1e3", 1000.0),
        ("blob", "aGk=", b"hi"),
    ],
)
def test_scalar_is_read(kind: str, text: str, value: object) -> None:
    assert text_reader(kind)(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("boolean", "1"),
        ("integer", "1.0"),
        ("integer", "+1"),
        ("integer", "--1"),
        ("integer", "2147483648"),
        ("long", "9223372036854775808"),
        ("double", "1_0"),
        ("double", "inf"),
        ("double", "1e999"),
        ("blob", "a"),
        ("blob", "a*b="),
    ],
)
def test_other_text_is_unreadable(kind: str, text: str) -> None:
    with pytest.raises(Unreadable):
        text_reader(kind)(text)


def test_special_floats_are_written_as_words() -> None:
    write = text_writer("double", "")
    assert [write(float(word)) for word in ("nan", "inf", "-inf")] == ["NaN", "Infinity", "-Infinity"]
