"""The log's lines, and metrics that several processes count and any of them renders."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3trail import observe
from s3trail.observe import METRICS, Gauge, Metrics, render


@pytest.fixture(autouse=True)
def _usual_log() -> Iterator[None]:
    yield
    observe.configure("auto", "info")


def test_lines_are_json_with_named_fields(capfd: pytest.CaptureFixture[str]) -> None:
    observe.configure("json", "info", process="worker-1")
    observe.info("worker.started", port=9000)
    line = json.loads(capfd.readouterr().err)
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "event": "worker.started", "process": "worker-1", "port": 9000}


def test_text_lines_quote_what_would_break_them(capfd: pytest.CaptureFixture[str]) -> None:
    observe.configure("text", "info")
    observe.warning("object.odd", key='a b\n"c"', plain="x/y")
    line = capfd.readouterr().err
    assert line.count("\n") == 1
    assert r'event=object.odd key="a b\n\"c\"" plain=x/y' in line


def test_masks_fields_that_speak_of_secrets(capfd: pytest.CaptureFixture[str]) -> None:
    observe.configure("json", "info")
    observe.info("x", secret_access_key="s1", Authorization="s2", session_token="s3", smtp_password="s4")
    line = capfd.readouterr().err
    assert not any(secret in line for secret in ("s1", "s2", "s3", "s4"))


def test_errors_tell_their_cause(capfd: pytest.CaptureFixture[str]) -> None:
    observe.configure("json", "error")
    observe.warning("below.the.threshold")
    try:
        raise KeyError("bucket")
    except KeyError as cause:
        observe.error("request.failed", cause, request_id="R1")
    line = json.loads(capfd.readouterr().err)
    assert line["error"] == "KeyError: 'bucket'"
    assert "test_errors_tell_their_cause" in line["traceback"]
    assert line["request_id"] == "R1"


def _values(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_sums_over_processes(tmp_path: Path) -> None:
    for owner in ("worker-0", "worker-1"):
        metrics = Metrics(tmp_path, owner)
        metrics.request("s3", "GetObject", 200, 0.003, 0, 4096)
        metrics.request("s3", "GetObject", 404, 0.2, 0, 300)
        metrics.request("s3", "PutObject", 200, 0.02, 10, 0)
        metrics.records("Data", 3)
        metrics.close()
    found = _values(render(tmp_path))
    assert found['s3trail_requests_total{service="s3",operation="GetObject",status="2xx"}'] == 2
    assert found['s3trail_requests_total{service="s3",operation="GetObject",status="4xx"}'] == 2
    assert found['s3trail_sent_bytes_total{service="s3"}'] == 2 * 4396
    assert found['s3trail_received_bytes_total{service="s3"}'] == 20
    assert found['s3trail_records_total{category="Data"}'] == 6


def test_histograms_are_cumulative(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path, "worker-0")
    for seconds in (0.0005, 0.003, 0.004, 100.0):
        metrics.commit(seconds, 8)
    metrics.commit(0.003, 5, failed=True)
    metrics.close()
    found = _values(render(tmp_path))
    name = "s3trail_journal_commit_seconds"
    assert [
        found[f'{name}_bucket{{le="{bound}"}}'] for bound in ("0.0005", "0.0025", "0.005", "60.0", "+Inf")
    ] == [
        1,
        1,
        4,
        4,
        5,
    ]
    assert found[f"{name}_count"] == 5
    assert found[f"{name}_sum"] == pytest.approx(100.0105)
    assert found["s3trail_journal_batch_records_count"] == 4
    assert found['s3trail_journal_commits_total{outcome="failed"}'] == 1


def test_counts_go_on_after_a_restart(tmp_path: Path) -> None:
    for _ in range(3):
        metrics = Metrics(tmp_path, "worker-0")
        metrics.records("Management")
        metrics.close()
    assert _values(render(tmp_path)) == {'s3trail_records_total{category="Management"}': 3.0}


def test_a_killed_process_keeps_its_counts(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        Metrics(tmp_path, "worker-0").records("Data", 5)
        os._exit(0)
    os.waitpid(child, 0)
    assert _values(render(tmp_path)) == {'s3trail_records_total{category="Data"}': 5.0}


def test_begins_anew_a_file_of_another_form(tmp_path: Path) -> None:
    (tmp_path / "worker-0").write_bytes(b"something else")
    assert render(tmp_path) == "\n"
    metrics = Metrics(tmp_path, "worker-0")
    metrics.records("Data")
    metrics.close()
    assert _values(render(tmp_path)) == {'s3trail_records_total{category="Data"}': 1.0}


def test_counts_what_finds_no_room(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path, "worker-0")
    metrics.records("x" * 300, 2)
    metrics.close()
    assert _values(render(tmp_path)) == {"s3trail_series_overflow_total": 2.0}


def test_gauges_are_given(tmp_path: Path) -> None:
    text = render(tmp_path / "none", [Gauge("s3trail_consumer_lag_records", 3, ('his"tory',))])
    assert text.splitlines() == [
        f"# HELP s3trail_consumer_lag_records {METRICS['s3trail_consumer_lag_records'].help}",
        "# TYPE s3trail_consumer_lag_records gauge",
        r's3trail_consumer_lag_records{consumer="his\"tory"} 3',
    ]
