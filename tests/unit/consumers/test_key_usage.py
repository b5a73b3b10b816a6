"""Journal to the last use of access keys: who counts, when it is written, restarts."""

from __future__ import annotations

from s3trail.consumers.key_usage import KeyUsageConsumer
from s3trail.state.config.iam.key_usage import KeyUse, last_use
from tests.unit.consumers.conftest import House
from tests.unit.records import ACCOUNT, NOW, record

KEY = "AKIAIOSFODNN7EXAMPLE"


def _last(house: House, key_id: str = KEY) -> KeyUse | None:
    with house.environment.read() as tx:
        return last_use(tx, key_id)


def test_writes_the_latest_use(house: House) -> None:
    consumer = KeyUsageConsumer(house.environment, house.clock)
    house.journal(
        record("PutObject"), record("LookupEvents", source="cloudtrail.amazonaws.com", region="eu-west-1")
    )
    assert consumer.step()
    assert _last(house) == KeyUse(NOW, "cloudtrail", "eu-west-1")
    assert (consumer.position(), consumer.lag(2)) == (2, 0)


def test_writes_every_five_seconds(house: House) -> None:
    consumer = KeyUsageConsumer(house.environment, house.clock)
    house.journal(record())
    consumer.step()
    house.clock.advance(4)
    house.journal(record())
    consumer.step()
    assert (consumer.position(), consumer.lag(2)) == (1, 0)
    house.clock.advance(4)
    assert not consumer.step()
    assert consumer.position() == 2
    assert _last(house) == KeyUse(NOW + 4, "s3", "us-east-1")


def test_finishing_writes_what_was_seen(house: House) -> None:
    consumer = KeyUsageConsumer(house.environment, house.clock)
    consumer.step()
    house.journal(record())
    consumer.step()
    assert _last(house) is None
    consumer.finish()
    assert _last(house) == KeyUse(NOW, "s3", "us-east-1")
    assert KeyUsageConsumer(house.environment, house.clock).position() == 1


def test_goes_on_at_its_position(house: House) -> None:
    house.journal(record())
    KeyUsageConsumer(house.environment, house.clock).step()
    again = KeyUsageConsumer(house.environment, house.clock)
    assert (again.position(), again.step()) == (1, False)


def test_believes_only_known_callers(house: House) -> None:
    unknown = {"type": "Unknown", "accessKeyId": KEY, "accountId": ACCOUNT}
    session = {"type": "IAMUser", "accessKeyId": "ASIAIOSFODNN7EXAMPLE", "userName": "alice"}
    quoted = record(identity=unknown, request={"userIdentity": {"type": "Root", "accessKeyId": KEY}})
    house.journal(quoted, record(identity=session))
    KeyUsageConsumer(house.environment, house.clock).step()
    assert _last(house) is None
    assert _last(house, "ASIAIOSFODNN7EXAMPLE") is None
