"""ACLs in S3's forms: canned ACLs, grant headers and documents to grants, and grants to documents.

A grantee is an account, known to clients by its canonical id, or one of three groups, known by URIs.
Sources: Amazon S3 User Guide, "Access control list (ACL) overview"; API Reference, PutBucketAcl.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from s3trail.kernel.errors import InvalidArgument, InvalidRequest, NotImplementedByServer
from s3trail.policy.request import Grant
from s3trail.services.s3.addressing import canonical_id
from s3trail.services.s3.errors import MalformedACL, UnexpectedContent, UnresolvableGrantByEmailAddress
from s3trail.state.config import identities
from s3trail.state.environment import Tx

__all__ = ["ACL_MEMBERS", "GRANT_HEADERS", "asked", "is_public", "only_owner", "shown"]

_Permission = Literal["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"]

GRANT_HEADERS: Mapping[str, tuple[str, _Permission]] = {
    "GrantFullControl": ("x-amz-grant-full-control", "FULL_CONTROL"),
    "GrantRead": ("x-amz-grant-read", "READ"),
    "GrantReadACP": ("x-amz-grant-read-acp", "READ_ACP"),
    "GrantWrite": ("x-amz-grant-write", "WRITE"),
    "GrantWriteACP": ("x-amz-grant-write-acp", "WRITE_ACP"),
}
"""Header and permission by input member."""

ACL_MEMBERS = frozenset(("ACL", "AccessControlPolicy", *GRANT_HEADERS))
"""Input members that ask for an ACL."""

_PERMISSIONS = {permission: permission for _, permission in GRANT_HEADERS.values()}
_GROUPS = {
    "AllUsers": "http://acs.amazonaws.com/groups/global/AllUsers",
    "AuthenticatedUsers": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    "LogDelivery": "http://acs.amazonaws.com/groups/s3/LogDelivery",
}
_BY_URI = {uri: group for group, uri in _GROUPS.items()}
_PUBLIC = frozenset(("AllUsers", "AuthenticatedUsers"))
_CANNED: Mapping[str, tuple[tuple[str, _Permission], ...]] = {
    "private": (),
    "public-read": (("AllUsers", "READ"),),
    "public-read-write": (("AllUsers", "READ"), ("AllUsers", "WRITE")),
    "authenticated-read": (("AuthenticatedUsers", "READ"),),
    "log-delivery-write": (("LogDelivery", "WRITE"), ("LogDelivery", "READ_ACP")),
    "bucket-owner-read": (("bucket owner", "READ"),),
    "bucket-owner-full-control": (("bucket owner", "FULL_CONTROL"),),
}
_OF_BUCKETS = frozenset(
    ("private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write")
)
_OF_OBJECTS = frozenset(_CANNED) - {"log-delivery-write"}
_MAX_GRANTS = 100
_GRANTEE = re.compile(r'\s*(id|uri|emailAddress)\s*=\s*(?:"([^"]*)"|([^",\s]+))\s*', re.IGNORECASE)


def only_owner(owner: str) -> tuple[Grant, ...]:
    """The ACL of what is private: full control for its owner."""
    return (Grant(owner, "FULL_CONTROL"),)


def is_public(grants: Sequence[Grant]) -> bool:
    """Whether an ACL grants anything to everyone, or to everyone with an account."""
    return any(grant.grantee in _PUBLIC for grant in grants)


def asked(tx: Tx, params: Mapping[str, Any], owner: str, bucket_owner: str = "") -> tuple[Grant, ...] | None:
    """The ACL that a request asks for; None when it asks for none.

    Args:
        tx: to look accounts up in.
        params: the input members.
        owner: account that owns the bucket or object.
        bucket_owner: for an object, account that owns its bucket; empty for a bucket.

    Raises:
        InvalidArgument, MalformedACL, UnresolvableGrantByEmailAddress: it isn't an ACL, or grants to no one.
        InvalidRequest: a canned ACL and grants at once.
        UnexpectedContent: headers and a document at once.
        NotImplementedByServer: `aws-exec-read`, which grants to a service that isn't here.
    """
    headers = [member for member in GRANT_HEADERS if member in params]
    if "ACL" in params and headers:
        raise InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
    if params.get("AccessControlPolicy") is not None:
        if "ACL" in params or headers:
            raise UnexpectedContent()
        return _documented(tx, params["AccessControlPolicy"], owner)
    if "ACL" in params:
        return _canned(params["ACL"], owner, bucket_owner)
    if not headers:
        return None
    return _limited(
        [
            Grant(grantee, GRANT_HEADERS[member][1])
            for member in headers
            for grantee in _header(tx, GRANT_HEADERS[member][0], params[member])
        ]
    )


def _canned(name: str, owner: str, bucket_owner: str) -> tuple[Grant, ...]:
    if name == "aws-exec-read":
        raise NotImplementedByServer(
            "A header you provided implies functionality that is not implemented: x-amz-acl",
            Header="x-amz-acl",
        )
    if name not in (_OF_OBJECTS if bucket_owner else _OF_BUCKETS):
        raise InvalidArgument(ArgumentName="x-amz-acl", ArgumentValue=name)
    further = [
        Grant(bucket_owner if grantee == "bucket owner" else grantee, permission)
        for grantee, permission in _CANNED[name]
    ]
    return (*only_owner(owner), *[grant for grant in further if grant.grantee != owner])


def _header(tx: Tx, header: str, text: str) -> list[str]:
    found = []
    for part in text.split(","):
        match = _GRANTEE.fullmatch(part)
        if match is None:
            raise InvalidArgument("Argument format not recognized", ArgumentName=header, ArgumentValue=text)
        value = match[2] if match[2] is not None else match[3]
        kind = match[1].lower()
        if kind == "uri":
            found.append(_group(value))
        elif kind == "id":
            found.append(_account(tx, value))
        else:
            raise UnresolvableGrantByEmailAddress()
    return found


def _group(uri: str) -> str:
    if uri not in _BY_URI:
        raise InvalidArgument("Invalid group uri", ArgumentName="uri", ArgumentValue=uri)
    return _BY_URI[uri]


def _account(tx: Tx, identifier: str) -> str:
    for account in identities.accounts(tx):
        if canonical_id(account.account_id) == identifier:
            return account.account_id
    raise InvalidArgument("Invalid id", ArgumentName="CanonicalUser/ID", ArgumentValue=identifier)


def _documented(tx: Tx, document: Mapping[str, Any], owner: str) -> tuple[Grant, ...]:
    named = (document.get("Owner") or {}).get("ID")
    if named is None:
        raise MalformedACL()
    if named != canonical_id(owner):
        raise InvalidArgument("Invalid id", ArgumentName="CanonicalUser/ID", ArgumentValue=named)
    grants = []
    for entry in document.get("Grants") or ():
        grantee = entry.get("Grantee") or {}
        permission = _PERMISSIONS.get(entry.get("Permission", ""))
        if permission is None:
            raise MalformedACL()
        kind = grantee.get("Type")
        if kind == "Group" and "URI" in grantee:
            name = _group(grantee["URI"])
        elif kind == "CanonicalUser" and "ID" in grantee:
            name = _account(tx, grantee["ID"])
        elif kind == "AmazonCustomerByEmail":
            raise UnresolvableGrantByEmailAddress()
        else:
            raise MalformedACL()
        grants.append(Grant(name, permission))
    return _limited(grants)


def _limited(grants: list[Grant]) -> tuple[Grant, ...]:
    found = tuple(dict.fromkeys(grants))
    if len(found) > _MAX_GRANTS:
        raise InvalidRequest(f"An ACL can have at most {_MAX_GRANTS} grants")
    return found


def shown(owner: str, grants: Sequence[Grant]) -> dict[str, Any]:
    """Owner and grants as GetBucketAcl and GetObjectAcl give them."""
    return {
        "Owner": {"ID": canonical_id(owner)},
        "Grants": [{"Grantee": _grantee(grant.grantee), "Permission": grant.permission} for grant in grants],
    }


def _grantee(grantee: str) -> dict[str, str]:
    if grantee in _GROUPS:
        return {"Type": "Group", "URI": _GROUPS[grantee]}
    return {"Type": "CanonicalUser", "ID": canonical_id(grantee)}
