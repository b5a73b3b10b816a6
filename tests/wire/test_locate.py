"""Services are told from target, path, form and credential scope."""

from __future__ import annotations

import pytest

from s3trail.wire.locate import locate, needs_body
from s3trail.wire.models import SERVICES, load_model
from tests.wire.request import request

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize("name", SERVICES)
def test_facts_agree_with_the_model(name: str) -> None:
    facts, metadata = SERVICES[name], load_model(name).metadata
    assert facts.api_version == metadata["apiVersion"]
    assert facts.target_prefix == metadata.get("targetPrefix", "")
    assert facts.signing_name == metadata.get("signingName", metadata["endpointPrefix"])
    assert set(facts.protocols) == set(metadata.get("protocols", [metadata["protocol"]]))


@pytest.mark.parametrize(
    ("target", "scope", "service", "operation"),
    [
        (f"{SERVICES['cloudtrail'].target_prefix}.LookupEvents", "cloudtrail", "cloudtrail", "LookupEvents"),
        ("CloudTrail_20131101.CreateTrail", "cloudtrail", "cloudtrail", "CreateTrail"),
        ("Logs_20140328.PutLogEvents", "logs", "logs", "PutLogEvents"),
        ("AWSEvents.PutEvents", "events", "events", "PutEvents"),
        ("AmazonAthena.StartQueryExecution", "athena", "athena", "StartQueryExecution"),
        ("GraniteServiceVersion20100801.PutMetricData", "monitoring", "cloudwatch", "PutMetricData"),
        ("Logs_20140328.NoSuchOperation", "logs", "logs", ""),
        ("Logs_20140328", "logs", "logs", ""),
        ("DynamoDB_20120810.GetItem", "dynamodb", "dynamodb", ""),
        ("", "logs", "logs", ""),
    ],
)
def test_target_names_the_operation(target: str, scope: str, service: str, operation: str) -> None:
    located = locate(request("POST", "/", x_amz_target=target), scope, ())
    assert (located.service, located.operation, located.protocol) == (service, operation, "json")


def test_target_does_not_lead_an_s3_call_astray() -> None:
    target = "Logs_20140328.PutLogEvents"
    assert locate(request("POST", "/", x_amz_target=target), "s3", ()).service == "s3"
    assert locate(request("PUT", "/b/k", x_amz_target=target), "s3", ()).operation == "PutObject"


def test_action_and_version_name_an_unsigned_call() -> None:
    unsigned = request("POST", "/", content_type=FORM)
    assert needs_body(unsigned, "")
    located = locate(unsigned, "", (), b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15")
    assert (located.service, located.operation) == ("sts", "AssumeRoleWithWebIdentity")
    in_query = locate(request("GET", "/?Action=GetCallerIdentity&Version=2011-06-15"), "", ())
    assert (in_query.service, in_query.operation) == ("sts", "GetCallerIdentity")


def test_scope_names_the_service_of_a_form() -> None:
    form = request("POST", "/", content_type=FORM)
    assert locate(form, "iam", (), b"Action=ListUsers").operation == "ListUsers"
    assert locate(form, "iam", (), b"Action=NoSuchAction").operation == ""
    assert locate(form, "iam", (), b"").operation == ""
    assert locate(form, "monitoring", (), b"Action=ListMetrics").protocol == "query"


def test_only_the_query_protocol_needs_its_body() -> None:
    assert not needs_body(request("POST", "/b?delete", content_type=FORM), "s3")
    assert not needs_body(request("POST", "/?delete", content_type=FORM), "")
    assert not needs_body(request("POST", "/", x_amz_target="AWSEvents.PutEvents"), "events")
    assert not needs_body(request("GET", "/"), "sts")
    assert needs_body(request("POST", "/", content_type=FORM), "monitoring")


@pytest.mark.parametrize(
    ("scope", "method", "target", "operation", "labels"),
    [
        ("glacier", "GET", "/-/vaults", "ListVaults", {"accountId": "-"}),
        ("glacier", "GET", "/-/vaults/v%20w", "DescribeVault", {"accountId": "-", "vaultName": "v w"}),
        ("glacier", "POST", "/-/vaults/v/tags?operation=add", "AddTagsToVault", None),
        ("glacier", "POST", "/-/vaults/v/tags?operation=remove", "RemoveTagsFromVault", None),
        ("glacier", "POST", "/-/vaults/v/tags", "", {}),
        ("glacier", "GET", "/-/policies/data-retrieval", "GetDataRetrievalPolicy", None),
        ("glacier", "GET", "/", "", {}),
        ("lambda", "GET", "/2015-03-31/functions/", "ListFunctions", {}),
        ("lambda", "GET", "/2018-10-31/layers", "ListLayers", {}),
        ("lambda", "GET", "/2018-10-31/layers?find=LayerVersion&Arn=a", "GetLayerVersionByArn", {}),
        (
            "lambda",
            "POST",
            "/2017-03-31/tags/arn%3Aaws%3Alambda%3A%2Fx",
            "TagResource",
            {"Resource": "arn:aws:lambda:/x"},
        ),
        ("cloudtrail-data", "POST", "/PutAuditEvents?channelArn=c", "PutAuditEvents", {}),
    ],
)
def test_path_template_names_the_operation(
    scope: str, method: str, target: str, operation: str, labels: dict[str, str] | None
) -> None:
    located = locate(request(method, target), scope, ())
    assert (located.service, located.operation) == (scope, operation)
    assert labels is None or located.labels == labels


def test_s3_control_is_told_by_path_and_account() -> None:
    path = "/v20180820/configuration/publicAccessBlock"
    control = locate(request("GET", path, x_amz_account_id="111122223333"), "s3", ())
    assert (control.service, control.operation) == ("s3control", "GetPublicAccessBlock")
    assert locate(request("GET", path), "s3", ()).service == "s3"


def test_rpc_path_names_the_operation() -> None:
    path = "/service/GraniteServiceVersion20100801/operation/"
    for operation, known in (("PutMetricData", "PutMetricData"), ("Nothing", "")):
        located = locate(request("POST", path + operation, smithy_protocol="rpc-v2-cbor"), "monitoring", ())
        assert (located.service, located.operation) == ("cloudwatch", known)
        assert located.protocol == "smithy-rpc-v2-cbor"
    assert locate(request("PUT", "/service/k"), "s3", ()).operation == "PutObject"


def test_unsupported_service_keeps_its_name() -> None:
    located = locate(request("POST", "/", content_type=FORM), "ec2", ())
    assert (located.service, located.operation) == ("ec2", "")
