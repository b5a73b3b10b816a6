"""XML bodies become the JSON that real records show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3trail.audit.xml_document import as_json


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<A/>", {"A": ""}),
        ("<A></A>", {"A": ""}),
        ("<A>  </A>", {"A": ""}),
        ("<A>text</A>", {"A": "text"}),
        ("<A> a b </A>", {"A": "a b"}),
        ("<A><![CDATA[<x>]]></A>", {"A": "<x>"}),
        ("<A>a&amp;b</A>", {"A": "a&b"}),
        ("<A><B>1</B><B>2</B></A>", {"A": {"B": [1, 2]}}),
        ("<A><B>1</B><B>2</B><B>3</B></A>", {"A": {"B": [1, 2, 3]}}),
        ("<A><B>1</B><C/></A>", {"A": {"B": 1, "C": ""}}),
        ('<A x="1">t</A>', {"A": {"x": 1, "content": "t"}}),
        ('<A xmlns="urn:a"/>', {"A": {"xmlns": "urn:a"}}),
        (
            '<G xmlns:xsi="urn:i" xsi:type="CanonicalUser"><ID>1f</ID></G>',
            {"G": {"xmlns:xsi": "urn:i", "xsi:type": "CanonicalUser", "ID": "1f"}},
        ),
        ("<n:A xmlns:n='urn:n'/>", {"n:A": {"xmlns:n": "urn:n"}}),
    ],
)
def test_elements_become_members(text: str, expected: dict[str, Any]) -> None:
    assert as_json(text.encode()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("17", 17),
        ("-17", -17),
        ("1.5", 1.5),
        ("007", "007"),
        ("1.50", "1.50"),
        ("1e5", "1e5"),
        ("+1", "+1"),
        ("1_000", "1_000"),
        ("-", "-"),
        ("9223372036854775807", 9223372036854775807),
        ("9223372036854775808", "9223372036854775808"),
        ("2023-07-10", "2023-07-10"),
        ('"d41d8cd9"', '"d41d8cd9"'),
    ],
)
def test_scalars_are_coerced_only_if_they_can_be_written_back(text: str, expected: Any) -> None:
    assert as_json(f"<A>{text}</A>".encode()) == {"A": expected}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<A>",
        b"<A></B>",
        b"<A/><B/>",
        b"\xff\xfe\xfd",
        b'<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>',
        b'<!DOCTYPE A SYSTEM "file:///etc/hostname"><A/>',
        b"<A>&undefined;</A>",
        b"<a>" * 65 + b"</a>" * 65,
        b'<?xml version="1.0" encoding="nonsense"?><A/>',
    ],
)
def test_what_is_no_plain_document_is_left_out(body: bytes) -> None:
    assert as_json(body) is None


def test_a_real_lifecycle_configuration_reads_like_its_record() -> None:
    body = (
        b'<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>'
        b"<Expiration><Days>1</Days></Expiration><Filter><Prefix>*</Prefix></Filter>"
        b"<ID>nuke-cloudtrail-logs-after-1-day</ID><Status>Enabled</Status></Rule></LifecycleConfiguration>"
    )
    tree = as_json(body)
    assert tree is not None
    rule = tree["LifecycleConfiguration"]["Rule"]
    assert list(tree["LifecycleConfiguration"]) == ["xmlns", "Rule"]
    assert list(rule.items()) == [
        ("Status", "Enabled"),
        ("Filter", {"Prefix": "*"}),
        ("Expiration", {"Days": 1}),
        ("ID", "nuke-cloudtrail-logs-after-1-day"),
    ]


@given(st.binary(max_size=200))
def test_no_body_raises(body: bytes) -> None:
    result = as_json(body)
    assert result is None or isinstance(result, dict)
