"""Access keys: made once with their secret, listed, switched off, deleted, last used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s3trail.testing.server import Credentials, Server
from tests.api.expect import recorded, refused

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_shows_the_secret_once_and_never_records_it(server: Server, iam: Any, user: str) -> None:
    answer = iam.create_access_key(UserName=user)
    key = answer["AccessKey"]
    record = recorded(server, answer, "CreateAccessKey")
    assert (key["UserName"], key["Status"], len(key["SecretAccessKey"])) == (user, "Active", 40)
    shown = record["responseElements"]["accessKey"]
    assert shown["accessKeyId"] == key["AccessKeyId"]
    assert "secretAccessKey" not in shown
    assert key["SecretAccessKey"] not in str(record)
    (listed,) = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert set(listed) == {"UserName", "AccessKeyId", "Status", "CreateDate"}


def test_a_user_has_two_at_most(server: Server, iam: Any, user: str) -> None:
    iam.create_access_key(UserName=user)
    iam.create_access_key(UserName=user)
    error = refused(iam.create_access_key, "LimitExceeded", 409, UserName=user)
    assert error.response["Error"]["Message"] == "Cannot exceed quota for AccessKeysPerUser: 2"
    assert server.record_of(error)["errorCode"] == "LimitExceededException"


def test_an_inactive_key_is_refused(
    server: Server, iam: Any, user: str, key_of: Callable[[str], Credentials]
) -> None:
    iam.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    credentials = key_of(user)
    own = server.client("iam", credentials=credentials)
    assert own.get_user()["User"]["UserName"] == user
    change = {"UserName": user, "AccessKeyId": credentials.access_key_id}
    answer = iam.update_access_key(**change, Status="Inactive")
    assert recorded(server, answer, "UpdateAccessKey")["requestParameters"] == {
        "userName": user,
        "accessKeyId": credentials.access_key_id,
        "status": "Inactive",
    }
    refused(own.get_user, "InvalidClientTokenId", 403)
    iam.update_access_key(**change, Status="Active")
    assert own.get_user()["User"]["UserName"] == user


def test_refuses_a_status_that_is_none(iam: Any, user: str, key_of: Callable[[str], Credentials]) -> None:
    key_id = key_of(user).access_key_id
    error = refused(
        iam.update_access_key, "ValidationError", 400, UserName=user, AccessKeyId=key_id, Status="Off"
    )
    assert "[Active, Inactive]" in error.response["Error"]["Message"]


def test_another_users_key_is_unknown(
    iam: Any, user: str, name: str, key_of: Callable[[str], Credentials]
) -> None:
    iam.create_user(UserName=f"{name}-other")
    key_id = key_of(user).access_key_id
    refused(iam.delete_access_key, "NoSuchEntity", 404, UserName=f"{name}-other", AccessKeyId=key_id)


def test_root_makes_and_deletes_a_key_of_its_own(server: Server, iam: Any) -> None:
    key = iam.create_access_key()["AccessKey"]
    own = server.client("iam", credentials=Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    assert own.get_user()["User"]["Arn"].endswith(":root")
    answer = iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    recorded(server, answer, "DeleteAccessKey")
    refused(own.get_user, "InvalidClientTokenId", 403)


def test_a_new_key_was_never_used(iam: Any, user: str, key_of: Callable[[str], Credentials]) -> None:
    answer = iam.get_access_key_last_used(AccessKeyId=key_of(user).access_key_id)
    assert answer["UserName"] == user
    assert answer["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}


def test_tells_the_last_use(server: Server, iam: Any) -> None:
    answer = server.client("s3", region="us-east-1").list_buckets()
    used = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
    assert used

    def last_use() -> Any:
        found = iam.get_access_key_last_used(AccessKeyId=server.root.access_key_id)["AccessKeyLastUsed"]
        return found if found.get("LastUsedDate") else None

    found = server.wait_until(last_use, seconds=40)
    assert found["ServiceName"] in {"s3", "iam", "cloudtrail", "sts"}
    assert found["Region"] != "N/A"


def test_refuses_a_key_of_nobody(server: Server, iam: Any) -> None:
    key_id = "AKIAAAAAAAAAAAAAAAAA"
    error = refused(iam.get_access_key_last_used, "NoSuchEntity", 404, AccessKeyId=key_id)
    assert error.response["Error"]["Message"] == f"The Access Key with id {key_id} cannot be found."
    recorded_error = server.record_of(error)
    assert recorded_error["errorCode"] == "NoSuchEntityException"
