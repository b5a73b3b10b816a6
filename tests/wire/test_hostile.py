"""Requests that no SDK sends are refused with the protocol's error, whatever they hold."""

from __future__ import annotations

import gzip
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3trail.kernel.errors import AwsError
from s3trail.wire.protocols import cbor
from s3trail.wire.service import WireOperation, service
from s3trail.wire.shapes import Unreadable
from tests.wire.request import request

DELETE = service("s3").operation("DeleteObjects")
LOCKED = service("s3").operation("PutObjectRetention")
LIST = service("s3").operation("ListObjectsV2")
GET = service("s3").operation("GetObject")
LOOKUP = service("cloudtrail").operation("LookupEvents")
ALARM = service("cloudwatch").operation("PutMetricAlarm")


def refused(operation: WireOperation, body: bytes = b"", target: str = "/", **headers: str) -> AwsError:
    with pytest.raises(AwsError) as caught:
        operation.parse(request("POST", target, **headers), {"Bucket": "b", "Key": "k"}, body)
    assert caught.value.status == 400
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        b"<Delete>",
        b"plain",
        b"<Delete/><Delete/>",
        b"<Delete xmlns='u'/>",
        b"<Other><Object><Key>k</Key></Object></Other>",
        b"<!DOCTYPE Delete><Delete><Object><Key>k</Key></Object></Delete>",
        b'<!DOCTYPE d [<!ENTITY e "x">]><Delete><Object><Key>&e;</Key></Object></Delete>',
        b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Delete><Object><Key>k</Key></Object></Delete>',
        b"<Delete><Object><Key>&undefined;</Key></Object></Delete>",
        b"<Delete><Object><Key>k<b/></Key></Object></Delete>",
        b"<Delete><Object><Key>k</Key><Key>l</Key></Object></Delete>",
        b"<Delete><Object><VersionId>v</VersionId></Object></Delete>",
        b"<Delete><Quiet>perhaps</Quiet><Object><Key>k</Key></Object></Delete>",
        b"<Delete><Object><Key>k</Key><Size>9999999999999999999999999999</Size></Object></Delete>",
        b"<Delete><Object><Key>k</Key><Size>1_000</Size></Object></Delete>",
        b"<Delete><Object><Key>k</Key><LastModifiedTime>soon</LastModifiedTime></Object></Delete>",
        b"<Delete><Object><Key>\xff</Key></Object></Delete>",
        b"<Delete><Object><Key>&#0;</Key></Object></Delete>",
        b'<?xml version="1.0" encoding="no-such-codec"?><Delete>',
        b"<a>" * 1000 + b"</a>" * 1000,
        b"<a>" * 100_000,
        b"<Delete>" + b"<a/>" * 200_001 + b"</Delete>",
    ],
    ids=range(22),
)
def test_hostile_xml_is_malformed(body: bytes) -> None:
    assert refused(DELETE, body).code == "MalformedXML"


def test_oversized_document_is_refused_before_it_is_parsed() -> None:
    assert refused(DELETE, b" " * ((8 << 20) + 1)).code == "MaxMessageLengthExceeded"


def test_missing_document_is_named() -> None:
    assert refused(DELETE).code == "MissingRequestBodyError"
    assert "Mode" not in LOCKED.parse(request("PUT", "/b/k?retention"), {"Bucket": "b", "Key": "k"}, b"")


@pytest.mark.parametrize(
    "root",
    ["Delete", 'Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', 'x:Delete xmlns:x="urn:other"'],
)
def test_namespaces_are_tolerated(root: str) -> None:
    prefix = "x:" if root.startswith("x:") else ""
    body = (
        f"<?xml version='1.0'?><!-- c --><{root}><{prefix}Object><{prefix}Key> k&#13;&amp;</{prefix}Key>"
        f"<New/></{prefix}Object></{prefix}Delete>"
    )
    params = DELETE.parse(request("POST", "/b?delete"), {"Bucket": "b"}, body.encode())
    assert params == {"Bucket": "b", "Delete": {"Objects": [{"Key": " k\r&"}]}}


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("/b?list-type=2&max-keys=x", "max-keys"),
        ("/b?list-type=2&max-keys=", "max-keys"),
        ("/b?list-type=2&max-keys=2147483648", "max-keys"),
        ("/b?list-type=2&max-keys=" + "9" * 5000, "max-keys"),
        ("/b?list-type=2&max-keys=%D9%A1", "max-keys"),
        ("/b?list-type=2&fetch-owner=yes", "fetch-owner"),
    ],
)
def test_bad_query_value_is_named(target: str, named: str) -> None:
    error = refused(LIST, target=target)
    assert (error.code, error.members["ArgumentName"]) == ("InvalidArgument", named)


def test_bad_header_value_is_named() -> None:
    put = service("s3").operation("PutObject")
    error = refused(put, x_amz_server_side_encryption_bucket_key_enabled="1")
    assert error.members["ArgumentName"] == "x-amz-server-side-encryption-bucket-key-enabled"
    assert refused(put, x_amz_object_lock_retain_until_date="later").code == "InvalidArgument"
    attributes = service("s3").operation("GetObjectAttributes")
    assert refused(attributes).code == "InvalidRequest"
    assert refused(service("s3").operation("UploadPart"), target="/b/k?uploadId=u").code == "InvalidArgument"


def test_condition_that_is_no_date_is_ignored() -> None:
    headers = {"if_modified_since": "yesterday", "if_none_match": '"e"', "range": "bytes=0-1"}
    params = GET.parse(request("GET", "/b/k", **headers), {"Bucket": "b", "Key": "k"}, b"")
    assert params == {"Bucket": "b", "Key": "k", "IfNoneMatch": '"e"', "Range": "bytes=0-1"}


def test_expires_is_kept_as_sent() -> None:
    put = service("s3").operation("PutObject")
    params = put.parse(request("PUT", "/b/k", expires="0"), {"Bucket": "b", "Key": "k"}, b"")
    assert params["Expires"] == "0"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{", ""),
        (b"\xff", ""),
        (b'"text"', ""),
        (b"[]", ""),
        (b"null", ""),
        (b'{"MaxResults": "5"}', "MaxResults"),
        (b'{"MaxResults": true}', "MaxResults"),
        (b'{"MaxResults": 1.5}', "MaxResults"),
        (b'{"MaxResults": 1e400}', ""),
        (b'{"MaxResults": 4294967296}', "MaxResults"),
        (b'{"MaxResults": ' + b"9" * 10_000 + b"}", ""),
        (b'{"NextToken": 5}', "NextToken"),
        (b'{"NextToken": {"a": 1}}', "NextToken"),
        (b'{"NextToken": "\\ud800"}', ""),
        (b'{"StartTime": "soon"}', "StartTime"),
        (b'{"StartTime": 1e300}', "StartTime"),
        (b'{"LookupAttributes": {}}', "LookupAttributes"),
        (b'{"LookupAttributes": [null]}', "LookupAttributes.1"),
        (b'{"LookupAttributes": [{"AttributeKey": 1}]}', "LookupAttributes.1.AttributeKey"),
        (b"[" * 100_000, ""),
        (b'{"a":' * 100_000, ""),
    ],
    ids=range(21),
)
def test_hostile_json_cannot_be_serialized(body: bytes, named: str) -> None:
    error = refused(LOOKUP, body)
    assert error.code == "SerializationException"
    assert named in error.message


def test_missing_member_is_named_with_its_path() -> None:
    error = refused(LOOKUP, b'{"LookupAttributes": [{"AttributeKey": "EventId"}]}')
    assert error.code == "ValidationException"
    assert "'LookupAttributes.1.AttributeValue'" in error.message


def test_null_and_unknown_members_are_absent() -> None:
    assert LOOKUP.parse(request("POST", "/"), {}, b'{"NextToken": null, "Other": [1]}') == {}
    assert LOOKUP.parse(request("POST", "/"), {}, b"") == {}


@pytest.mark.parametrize(
    ("form", "code", "named"),
    [
        ("AlarmName=a&Dimensions.member.1.Name=n", "MissingParameter", "Dimensions.member.1.Value"),
        ("AlarmName=a&AlarmName=b", "InvalidParameterValue", "AlarmName"),
        ("AlarmName=a&AlarmName.member.1=b", "InvalidParameterValue", "AlarmName"),
        ("AlarmName.x=a", "InvalidParameterValue", "AlarmName"),
        ("Dimensions=x", "InvalidParameterValue", "Dimensions"),
        ("Dimensions.member=x", "InvalidParameterValue", "Dimensions"),
        ("Dimensions.member.x.Name=n", "InvalidParameterValue", "Dimensions"),
        ("Dimensions.member.1=n", "InvalidParameterValue", "Dimensions.member.1"),
        ("Dimensions.member." + "9" * 5000 + ".Name=n", "InvalidParameterValue", "Dimensions"),
        ("Period=ten", "InvalidParameterValue", "Period"),
        ("Threshold=1e999", "InvalidParameterValue", "Threshold"),
        ("ActionsEnabled=1", "InvalidParameterValue", "ActionsEnabled"),
        ("a." * 10_000 + "b=1", "MissingParameter", "AlarmName"),
    ],
    ids=range(13),
)
def test_hostile_form_is_refused(form: str, code: str, named: str) -> None:
    error = refused(ALARM, form.encode())
    assert error.code == code
    assert named in error.message


def test_list_items_come_in_the_order_of_their_numbers() -> None:
    topics = service("sns").operation("AddPermission")
    form = (
        "TopicArn=t&Label=l&ActionName.member.1=a&AWSAccountId.member.10=c&AWSAccountId.member.9=b"
        f"&AWSAccountId.member.1={quote('ä')}"
    )
    params = topics.parse(request("POST", "/"), {}, form.encode())
    assert params["AWSAccountId"] == ["ä", "b", "c"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xa1",
        b"\xa1\x61a",
        b"\x00\x00",
        b"\xff",
        b"\x1c",
        b"\x9f",
        b"\x82\x01\xff",
        b"\xbf\x61a\xff",
        b"\xbf\x01\x02\xff",
        b"\xa1\x01\x02",
        b"\x61\xff",
        b"\xc2\x01",
        b"\xc1\x61a",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x5f\x61a\xff",
        b"\xf8\x20",
        b"\x81" * 10_000,
        b"\xc1" * 10_000,
    ],
    ids=range(20),
)
def test_hostile_cbor_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        cbor.decode(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\xbf\x61a\x9f\x01\x20\xff\xff", {"a": [1, -1]}),
        (b"\x7f\x61a\x61b\xff", "ab"),
        (b"\x5f\x41a\x41b\xff", b"ab"),
        (b"\xf9\x3c\x00", 1.0),
        (b"\xfa\x3f\x80\x00\x00", 1.0),
        (b"\xc1\x1a\x00\x00\x00\x05", 5.0),
        (b"\xf7", None),
        (b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", 2**64 - 1),
    ],
)
def test_cbor_forms_of_other_sdks_are_read(data: bytes, value: object) -> None:
    assert cbor.decode(data) == value


_plain = st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.floats(allow_nan=False)
_values = st.recursive(
    _plain | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_values)
def test_cbor_round_trip(value: object) -> None:
    assert cbor.decode(cbor.encode(value)) == value


@given(st.binary(max_size=64))
def test_any_bytes_are_cbor_or_unreadable(data: bytes) -> None:
    with suppress(Unreadable):
        cbor.decode(data)


@pytest.mark.parametrize("operation", [DELETE, LOOKUP, ALARM])
@given(body=st.binary(max_size=200) | st.text(alphabet='<>/ab&;#!{}[]":,01.=?x-Delt').map(str.encode))
def test_any_body_is_parsed_or_refused(operation: WireOperation, body: bytes) -> None:
    with suppress(AwsError):
        operation.parse(request("POST", "/"), {"Bucket": "b"}, body)


@given(value=st.text(max_size=20))
def test_any_header_value_is_parsed_or_refused(value: str) -> None:
    headers = dict.fromkeys(
        (
            "content_length",
            "expires",
            "x_amz_object_lock_retain_until_date",
            "x_amz_write_offset_bytes",
            "x_amz_server_side_encryption_bucket_key_enabled",
            "x_amz_object_attributes",
        ),
        value,
    )
    for name in ("PutObject", "GetObjectAttributes"):
        with suppress(AwsError):
            service("s3").operation(name).parse(
                request("PUT", "/b/k", **headers), {"Bucket": "b", "Key": "k"}, b""
            )


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("ETag,Checksum", ["ETag", "Checksum"]),
        (" ETag , , ", ["ETag"]),
        ('"a,b",c', ["a,b", "c"]),
        ('"a\\"b",c', ['a"b', "c"]),
        ('"open', ["open"]),
    ],
)
def test_header_list_is_split_at_its_commas(text: str, items: list[str]) -> None:
    attributes = service("s3").operation("GetObjectAttributes")
    parsed = attributes.parse(
        request("GET", "/b/k?attributes", x_amz_object_attributes=text), {"Bucket": "b", "Key": "k"}, b""
    )
    assert parsed["ObjectAttributes"] == items


def test_compressed_metrics_are_expanded_within_bounds() -> None:
    metrics = service("cloudwatch").operation("PutMetricData")
    headers = {"x_amz_target": "GraniteServiceVersion20100801.PutMetricData", "content_encoding": "gzip"}
    whole = gzip.compress(b'{"Namespace": "n"}')
    assert metrics.parse(request("POST", "/", **headers), {}, whole) == {"Namespace": "n"}
    for body in (b"plain", whole[:-1], gzip.compress(b" " * (9 << 20))):
        assert refused(metrics, body, **headers).code == "SerializationException"
