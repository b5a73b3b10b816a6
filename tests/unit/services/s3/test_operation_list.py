"""The reference page of S3 operations names every operation of the model, and says what is true of each."""

from __future__ import annotations

import re
from pathlib import Path

from botocore.loaders import Loader
from botocore.model import ServiceModel

from .conftest import S3

_PAGE = Path(__file__).parents[4] / "docs" / "reference" / "s3.md"
_MODEL = ServiceModel(Loader().load_service_model("s3", "service-2"))
_STATES = {"carried out", "stored only", "NotImplemented"}


def _rows() -> dict[str, tuple[str, str]]:
    rows = re.findall(r"^\| (\w+) \| ([\w ]+) \| ?(.*?) ?\|$", _PAGE.read_text(), re.MULTILINE)
    return {name: (state, note) for name, state, note in rows if name != "operation"}


def test_names_every_operation_of_the_model() -> None:
    assert set(_rows()) == set(_MODEL.operation_names)
    assert {state for state, _ in _rows().values()} <= _STATES


def test_says_which_are_there(empty: S3) -> None:
    # Requests of old names are answered by the operations of today.
    old = {name for name in _MODEL.operation_names if _MODEL.operation_model(name).deprecated}
    there = {name for name, (state, _) in _rows().items() if state != "NotImplemented"}
    assert there - old == set(empty.operations)


def test_gives_a_reason_for_what_is_missing() -> None:
    assert all(note for state, note in _rows().values() if state != "carried out")
