"""`s3trail verify --trail`: log files and digests of a trail, in this server's buckets or in a copied one.

Input: the flags of the command. Output: what `cli.trail_check` finds, as text or JSON; progress on stderr.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import typer

from s3trail.cli.directory import open_environment
from s3trail.cli.filters import parse_time
from s3trail.cli.options import Failure
from s3trail.cli.trail_check import Expected, Finding, RegionCheck, Scope, log_files
from s3trail.cli.trail_digests import Log, gunzip, parse_name
from s3trail.cli.trail_sources import BucketSource, Copy, Found, Source
from s3trail.cli.verification import ProgressLine
from s3trail.kernel.clock import iso_seconds
from s3trail.state.config import digest_chains, signing_keys, trails
from s3trail.state.config.signing_keys import PublicKey
from s3trail.state.environment import Tx

__all__ = ["Question", "verify_trail"]

_ARN = re.compile(r"arn:aws[a-z-]*:cloudtrail:([a-z0-9-]+):(\d{12}):trail/(.+)")
_LOOKS = 20
"""Digests that are looked at to find out which part of a bucket was copied."""


@dataclass(frozen=True, slots=True)
class Question:
    """The flags of the command."""

    trail: str
    """Name or ARN."""
    region: str | None
    since: str | None
    until: str | None
    directory: Path | None
    public_keys: tuple[Path, ...]
    data: Path


@dataclass(frozen=True, slots=True)
class _Region:
    """A region of a trail, ready to be verified."""

    region: str
    places: tuple[tuple[str, str], ...]
    """Bucket and folder of digests."""
    log_files: Sequence[tuple[str, Found]]
    expected: Expected | None


@dataclass(frozen=True, slots=True)
class _Subject:
    """A trail with what is needed to verify it."""

    source: Source
    scope: Scope
    regions: tuple[_Region, ...]
    """The home region first: its log files tell why chains end."""
    public_keys: Mapping[str, PublicKey]

    @property
    def arn(self) -> str:
        """The trail's ARN."""
        scope = self.scope
        return f"arn:aws:cloudtrail:{scope.home}:{scope.account_id}:trail/{scope.trail}"


def verify_trail(question: Question, *, as_json: bool) -> bool:
    """Verify and print; False if something is wrong.

    Raises:
        Failure: there is nothing to verify, or no key to verify it with.
        BadParameter: the flags contradict each other, or a time is none.
    """
    if question.public_keys and question.directory is None:
        raise typer.BadParameter("--public-keys needs --directory")
    now = time.time()
    start = 0.0 if question.since is None else parse_time("--from", question.since, now)
    end = None if question.until is None else parse_time("--to", question.until, now)
    if end is not None and end < start:
        raise typer.BadParameter("--from is later than --to")
    opened = _in_copy if question.directory is not None else _in_buckets
    with opened(question, start, end) as subjects:
        outcomes = [(subject, _verify(subject)) for subject in subjects]
    if as_json:
        documents = [_document(subject, findings) for subject, findings in outcomes]
        print(json.dumps(documents[0] if len(documents) == 1 else documents, indent=2))
    else:
        for subject, findings in outcomes:
            _print(subject, findings)
    return not any(finding.fault for _, findings in outcomes for finding in findings)


def _verify(subject: _Subject) -> list[Finding]:
    endings: list[tuple[float, bool]] = []
    progress = ProgressLine("log files")
    done = total = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done, max(done, total))

    checks = [
        RegionCheck(
            subject.source,
            subject.scope,
            region.region,
            region.places,
            region.log_files,
            subject.public_keys,
            region.expected,
            endings,
            tick,
        )
        for region in subject.regions
    ]
    expects = any(region.expected and region.expected.heads for region in subject.regions)
    if not any(check.digests for check in checks) and not expects:
        raise Failure(f"there are no digests of {subject.arn} in that time")
    try:
        total = sum(check.files() for check in checks)
        newest = max(max(check.last_end, check.newest_log()) for check in checks)
        for check in checks:
            check.logs()
            check.chains(newest)
            check.unnamed()
    finally:
        progress.close()
    return [finding for check in checks for finding in check.findings()]


@contextmanager
def _in_buckets(question: Question, start: float, end: float | None) -> Iterator[list[_Subject]]:
    """The trail as this server has it."""
    with open_environment(question.data) as environment:
        with environment.read() as tx:
            account_id, home, name = _identified(tx, question.trail)
            places = _places(tx, account_id, home, name)
        source = BucketSource(environment, question.data)
        if question.region is not None:
            places = {question.region: places.get(question.region, set())}
        listed = {
            region: [each for place in sorted(found) for each in log_files(source, *place)]
            for region, found in places.items()
        }
        with environment.read() as tx:
            expected = {region: _expected(tx, account_id, home, name, region) for region in places}
            keys = [key for region in places for key in signing_keys.every(tx, region)]
        regions = [
            _Region(region, tuple(sorted(found)), listed[region], expected[region])
            for region, found in sorted(places.items())
        ]
        scope = Scope(account_id, home, name, start, float("inf") if end is None else end)
        yield [_Subject(source, scope, _home_first(regions, home), _by_fingerprint(keys))]


def _identified(tx: Tx, trail: str) -> tuple[str, str, str]:
    """Account, home region and name of a trail.

    Raises:
        Failure: there is no such trail, or more than one.
    """
    arn = _ARN.fullmatch(trail)
    if arn is not None:
        return arn[2], arn[1], arn[3]
    found = {(each.account_id, each.region, each.name) for each in trails.every(tx) if each.name == trail}
    if not found:
        raise Failure(f"there is no trail {trail}; a deleted one has to be named by its ARN")
    if len(found) > 1:
        raise Failure(f"there are {len(found)} trails {trail}; name one by its ARN")
    return found.pop()


def _places(tx: Tx, account_id: str, home: str, name: str) -> dict[str, set[tuple[str, str]]]:
    """Bucket and folder of a trail's digests, by source region."""
    found: dict[str, set[tuple[str, str]]] = {}
    for region, _, link in digest_chains.ended(tx, account_id, home, name):
        parsed = parse_name(link.key)
        if parsed is not None:
            found.setdefault(region, set()).add((link.bucket, parsed.folder))
    for chain in digest_chains.every(tx):
        # Other accounts of an organization are verified in a copy of the bucket.
        if (chain.account_id, chain.home, chain.trail_name) == (account_id, home, name) and not chain.member:
            before = f"{chain.prefix}/" if chain.prefix else ""
            inside = f"{chain.organization}/" if chain.organization else ""
            folder = f"{before}AWSLogs/{inside}{account_id}/CloudTrail-Digest/{chain.region}/"
            found.setdefault(chain.region, set()).add((chain.bucket, folder))
    if not found:
        raise Failure(
            f"no digest was ever due of arn:aws:cloudtrail:{home}:{account_id}:trail/{name}; "
            "it needs log file validation"
        )
    return found


def _expected(tx: Tx, account_id: str, home: str, name: str, region: str) -> Expected:
    """What the state knows of a region's digests."""
    heads = {
        link.key: (float(end), link)
        for place, end, link in digest_chains.ended(tx, account_id, home, name)
        if place == region
    }
    awaiting: list[Log] = []
    missed: list[tuple[float, float]] = []
    spots = set()
    for chain in digest_chains.every(tx):
        place = (chain.account_id, chain.home, chain.trail_name, chain.region)
        if place != (account_id, home, name, region) or chain.member:
            continue
        spots.add((chain.bucket, chain.prefix))
        missed += chain.missed
        awaiting += [
            Log(each.file.bucket, each.file.key, each.file.hash) for each in digest_chains.noted(tx, chain)
        ]
        for link in (chain.previous, chain.backfilled):
            parsed = parse_name(link.key) if link else None
            if link is not None and parsed is not None:
                heads[link.key] = (parsed.end, link)
    shared = any(
        (each.bucket, each.prefix) in spots and not each.validation and each.account_id == account_id
        for each in trails.every(tx)
        if (each.region, each.name) != (home, name)
    )
    return Expected(heads, tuple(awaiting), tuple(missed), shared)


@contextmanager
def _in_copy(question: Question, start: float, end: float | None) -> Iterator[list[_Subject]]:
    """The trail as a copied bucket has it."""
    directory = question.directory
    assert directory is not None, "it was asked for"
    if not directory.is_dir():
        raise Failure(f"{directory} is no directory")
    names = [path for path in sorted(directory.rglob("*_CloudTrail-Digest_*.json.gz")) if path.is_file()]
    base = _base(directory, names)
    source = Copy(directory, base)
    arn = _ARN.fullmatch(question.trail)
    folders: dict[tuple[str, str, str], dict[str, set[str]]] = {}
    for path in names:
        parsed = parse_name(base + path.relative_to(directory).as_posix())
        if parsed is None or question.region not in (None, parsed.region):
            continue
        if arn is None and parsed.trail != question.trail:
            continue
        if arn is not None and (parsed.home, parsed.trail) != (arn[1], arn[3]):
            continue
        # An organization's trail has digests of all its accounts.
        if arn is not None and parsed.account_id != arn[2] and "AWSLogs/o-" not in parsed.folder:
            continue
        who = (parsed.account_id, parsed.home, parsed.trail)
        folders.setdefault(who, {}).setdefault(parsed.region, set()).add(parsed.folder)
    if not folders:
        raise Failure(f"there are no digests of the trail {question.trail} in {directory}")
    regions = {region for found in folders.values() for region in found}
    keys = _given_keys(question.public_keys) if question.public_keys else _own_keys(question.data, regions)
    public_keys = _by_fingerprint(keys)
    yield [
        _Subject(
            source,
            Scope(*who, start, float("inf") if end is None else end, end),
            _home_first([_of_copy(source, region, found[region]) for region in sorted(found)], who[1]),
            public_keys,
        )
        for who, found in sorted(folders.items())
    ]


def _of_copy(source: Copy, region: str, folders: set[str]) -> _Region:
    places = tuple(("", folder) for folder in sorted(folders))
    listed = [each for place in places for each in log_files(source, *place)]
    return _Region(region, places, listed, None)


def _base(directory: Path, digests: Sequence[Path]) -> str:
    """What keys have before the paths in a directory, by what digests say of themselves."""
    for path in digests[:_LOOKS]:
        within = path.relative_to(directory).as_posix()
        try:
            with path.open("rb") as file:
                document = orjson.loads(b"".join(gunzip(iter(lambda: file.read(1 << 16), b""))))
            key = document["digestS3Object"]
        except (ValueError, KeyError, TypeError):
            continue
        if isinstance(key, str) and key.endswith(within):
            return key.removesuffix(within)
    return ""


def _given_keys(files: Iterable[Path]) -> list[PublicKey]:
    """Public keys from files.

    Raises:
        Failure: a file isn't what `aws cloudtrail list-public-keys` prints.
    """
    found = []
    for file in files:
        try:
            document = orjson.loads(file.read_bytes())
            listed = document["PublicKeyList"] if isinstance(document, dict) else document
            values = [base64.b64decode(key["Value"], validate=True) for key in listed]
        except OSError as error:
            raise Failure(f"{file} can't be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise Failure(f"{file} isn't what `aws cloudtrail list-public-keys` prints") from None
        found += [PublicKey(value, 0, 0) for value in values]
    return found


def _own_keys(data: Path, regions: Iterable[str]) -> list[PublicKey]:
    try:
        with open_environment(data) as environment, environment.read() as tx:
            return [key for region in sorted(regions) for key in signing_keys.every(tx, region)]
    except Failure as error:
        raise Failure(f"--directory needs --public-keys, or --data of the server: {error}") from None


def _by_fingerprint(keys: Iterable[PublicKey]) -> dict[str, PublicKey]:
    return {key.fingerprint: key for key in keys}


def _home_first(regions: Sequence[_Region], home: str) -> tuple[_Region, ...]:
    return tuple(sorted(regions, key=lambda region: (region.region != home, region.region)))


def _counts(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    counted = Counter((finding.kind, finding.status) for finding in findings)
    return {
        kind: {status: number for (of, status), number in sorted(counted.items()) if of == kind}
        for kind in ("digest", "log")
    }


def _document(subject: _Subject, findings: Sequence[Finding]) -> dict[str, Any]:
    counts = _counts(findings)
    scope = subject.scope
    return {
        "ok": not any(finding.fault for finding in findings),
        "trail": subject.arn,
        "from": iso_seconds(scope.start) if scope.start else None,
        "to": None if scope.end == float("inf") else iso_seconds(scope.end),
        "regions": [region.region for region in subject.regions],
        "digests": counts["digest"],
        "logFiles": counts["log"],
        "files": [
            {
                "kind": finding.kind,
                "status": finding.status,
                "fault": finding.fault,
                "region": finding.region,
                "bucket": finding.bucket or None,
                "key": finding.key,
                "reason": finding.reason or None,
            }
            for finding in findings
        ],
    }


def _print(subject: _Subject, findings: Sequence[Finding]) -> None:
    for finding in findings:
        if finding.status != "valid":
            place = f"s3://{finding.bucket}/{finding.key}" if finding.bucket else finding.key
            mark = "FAULT " if finding.fault else ""
            print(f"{mark}{finding.kind} {finding.status}: {place}: {finding.reason}")
    counts = _counts(findings)
    told = [
        f"{sum(of.values())} {word} ({', '.join(f'{number} {status}' for status, number in of.items())})"
        for word, of in (("digests", counts["digest"]), ("log files", counts["log"]))
        if of
    ]
    faults = sum(finding.fault for finding in findings)
    regions = ", ".join(region.region for region in subject.regions)
    verdict = f"{faults} FAULT{'S' if faults > 1 else ''}" if faults else "ok"
    print(f"{verdict}: {subject.arn} in {regions}: {'; '.join(told)}")
    sys.stdout.flush()
