"""The callers that the cases name."""

from __future__ import annotations

from s3trail.kernel.caller import ANONYMOUS, Caller

ACCOUNT = "111111111111"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example.com"
CANONICAL_USER = "ab" * 32

_ROLE = {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/app", "accountId": ACCOUNT}
_ISSUING_USER = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ann", "accountId": ACCOUNT}

CALLERS = {
    "user": Caller(
        type="IAMUser",
        account_id=ACCOUNT,
        principal_id="AIDAEXAMPLEEXAMPLE001",
        arn=f"arn:aws:iam::{ACCOUNT}:user/ann",
        user_name="ann",
    ),
    "session": Caller(
        type="AssumedRole",
        account_id=ACCOUNT,
        principal_id="AROAEXAMPLEEXAMPLE001:run",
        arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/app/run",
        session={"sessionIssuer": _ROLE},
    ),
    "federated": Caller(
        type="FederatedUser",
        account_id=ACCOUNT,
        principal_id=f"{ACCOUNT}:fed",
        arn=f"arn:aws:sts::{ACCOUNT}:federated-user/fed",
        session={"sessionIssuer": _ISSUING_USER},
    ),
    "root": Caller(type="Root", account_id=ACCOUNT, principal_id=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:root"),
    "stranger": Caller(
        type="IAMUser", account_id="222222222222", arn="arn:aws:iam::222222222222:user/bob", user_name="bob"
    ),
    "service": Caller(type="AWSService", invoked_by="cloudtrail.amazonaws.com"),
    "foreign service": Caller(
        type="AWSService", account_id="222222222222", invoked_by="cloudtrail.amazonaws.com"
    ),
    "logging": Caller(type="AWSService", invoked_by="logging.s3.amazonaws.com"),
    "anonymous": ANONYMOUS,
    "web": ANONYMOUS,
    "unknown": Caller(type="Unknown"),
}
