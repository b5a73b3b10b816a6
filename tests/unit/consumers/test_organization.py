"""Organization trails: all accounts in folders of their own, and their digests."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from tests.unit.consumers.conftest import House
from tests.unit.consumers.digest_house import HOUR, DigestHouse
from tests.unit.records import ACCOUNT, OTHER_ACCOUNT, record

ORGANIZATION = "o-0123456789"
RULES = {"organization": ORGANIZATION, "multi_region": True}


@pytest.fixture
def digested(tmp_path: Path) -> Iterator[DigestHouse]:
    made = DigestHouse(tmp_path)
    yield made
    made.environment.close()


def test_each_account_has_a_folder(house: House) -> None:
    house.trail(rules=RULES)
    house.journal(record("Mine"), record("Theirs", account=OTHER_ACCOUNT), record("Mine"))
    house.later()
    found = {}
    for file in house.buckets.files:
        assert file.key.startswith(f"AWSLogs/{ORGANIZATION}/")
        account = file.key.split("/")[2]
        assert file.key.split("/")[-1].startswith(f"{account}_CloudTrail_")
        assert file.account_id == ACCOUNT
        found[account] = [each["eventName"] for each in orjson.loads(gzip.decompress(file.body))["Records"]]
    assert found == {ACCOUNT: ["Mine", "Mine"], OTHER_ACCOUNT: ["Theirs"]}


def test_trails_of_accounts_beside_it_keep_to_their_accounts(house: House) -> None:
    house.trail("organization", rules=RULES)
    house.trail("own")
    house.journal(record("Mine"), record("Theirs", account=OTHER_ACCOUNT))
    house.later()
    assert house.buckets.names("own-bucket") == ["Mine"]
    assert sorted(house.buckets.names("organization-bucket")) == ["Mine", "Theirs"]


def test_each_account_has_digests(digested: DigestHouse) -> None:
    trail = digested.trail(rules=RULES)
    digested.journal(record("Mine"), record("Theirs", account=OTHER_ACCOUNT))
    digested.pass_time(2 * HOUR, HOUR / 4)
    named: dict[str, list[str]] = {}
    for file in digested.digest_files():
        document = orjson.loads(gzip.decompress(file.body))
        assert file.key.startswith(f"AWSLogs/{ORGANIZATION}/{document['awsAccountId']}/CloudTrail-Digest/")
        named.setdefault(document["awsAccountId"], []).extend(
            each["s3Object"] for each in document["logFiles"]
        )
    assert set(named) == {ACCOUNT, OTHER_ACCOUNT}
    for account, keys in named.items():
        assert len(keys) == 1
        assert f"/{account}/CloudTrail/us-east-1/" in keys[0]
    digested.change(trail, "stop")
    digested.journal(record("StopLogging"))
    digested.pass_time(2 * HOUR, HOUR / 4)
    assert digested.chains() == []


def test_digests_of_an_account_are_linked(digested: DigestHouse) -> None:
    digested.trail(rules=RULES)
    for _ in range(3):
        digested.journal(record("Theirs", account=OTHER_ACCOUNT))
        digested.pass_time(HOUR, HOUR / 4)
    documents = [
        orjson.loads(gzip.decompress(file.body))
        for file in digested.digest_files()
        if f"/{OTHER_ACCOUNT}/" in file.key
    ]
    assert len(documents) >= 2
    for before, after in pairwise(documents):
        assert after["previousDigestS3Object"] == before["digestS3Object"]
