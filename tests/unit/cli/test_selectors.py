"""`selectors test`: selectors from files, events from files and from the journal."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson
import pytest

from tests.unit.cli.conftest import Run, journaled, record

BASIC = {
    "EventSelectors": [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": False,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::photos/k1"]}],
        }
    ]
}
ADVANCED = [
    {
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "eventName", "Equals": ["PutObject"]},
        ]
    }
]


def _event(number: int, name: str = "PutObject") -> dict[str, object]:
    resources = [{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::photos/k{number}"}]
    return record(number, eventName=name, resources=resources)


def _written(path: Path, document: object) -> str:
    path.write_bytes(orjson.dumps(document))
    return str(path)


def test_basic_selectors_on_a_log_file(data: Path, run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.json.gz"
    log.write_bytes(gzip.compress(orjson.dumps({"Records": [_event(1), _event(2), _event(12)]})))
    outcome = run("selectors", "test", _written(tmp_path / "s.json", BASIC), "--event", str(log))
    assert outcome.code == 0
    assert outcome.names() == ["k1", "k12"]
    assert outcome.err == "2 of 3 events match\n"


def test_advanced_selectors_on_one_event(data: Path, run: Run, tmp_path: Path) -> None:
    selectors = _written(tmp_path / "s.json", ADVANCED)
    assert run("selectors", "test", selectors, "--event", _written(tmp_path / "e.json", _event(1))).code == 0
    other = run(
        "selectors", "test", selectors, "--event", _written(tmp_path / "e.json", _event(1, "GetObject"))
    )
    assert (other.code, other.out, other.err) == (1, "", "0 of 1 events match\n")


def test_events_of_the_journal(started: Path, run: Run, tmp_path: Path) -> None:
    journaled(started, *[_event(number) for number in range(4)])
    outcome = run(
        "selectors", "test", _written(tmp_path / "s.json", BASIC), "--since", "2020-01-01T00:00:00Z"
    )
    assert outcome.names() == ["k1"]


def test_refuses_what_the_api_refuses(data: Path, run: Run, tmp_path: Path) -> None:
    bad = [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::bucket-without-slash"]}]}]
    outcome = run(
        "selectors",
        "test",
        _written(tmp_path / "s.json", bad),
        "--event",
        _written(tmp_path / "e.json", _event(1)),
    )
    assert outcome.code == 1
    assert "Value arn:aws:s3:::bucket-without-slash for DataResources.Values is invalid." in outcome.err


@pytest.mark.parametrize("content", [b"no json", b"{}", b"[]", b'["x"]'])
def test_names_a_file_without_selectors(data: Path, run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.json").write_bytes(content)
    outcome = run(
        "selectors", "test", str(tmp_path / "s.json"), "--event", _written(tmp_path / "e.json", _event(1))
    )
    assert outcome.code == 1
    assert "s.json" in outcome.err


def test_needs_one_source_of_events(data: Path, run: Run, tmp_path: Path) -> None:
    assert run("selectors", "test", _written(tmp_path / "s.json", BASIC)).code == 2
