"""The condition keys of a request, each computed when a policy first asks for it.

Input are the call, its parameters by model name, its headers and a few facts that only the caller of the
evaluator knows; output a mapping from key names in lower case to values. Keys that a request doesn't have
are absent. Sources: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference,
condition keys of Amazon S3, AWS STS, CloudTrail and IAM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from s3trail.kernel.call import Call
from s3trail.kernel.clock import iso_seconds, parse_iso_seconds
from s3trail.policy.variables import Value

__all__ = ["ContextFacts", "RequestContext", "fold", "request_context"]

_PRINCIPAL_TYPES = {
    "Root": "Account",
    "IAMUser": "User",
    "AssumedRole": "AssumedRole",
    "FederatedUser": "FederatedUser",
    "AWSAccount": "Anonymous",
}
_NO_TAGS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class ContextFacts:
    """What a request's conditions need besides the call itself; empty where there is none."""

    principal_tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the user, role and session together."""
    source_identity: str = ""
    """Set when the role was assumed."""
    federated_provider: str = ""
    mfa_authenticated: bool | None = None
    """None for long-term credentials, whose requests don't have the key."""
    mfa_time: float | None = None
    """Epoch seconds of the MFA sign-in."""
    token_issue_time: float | None = None
    """Epoch seconds when the temporary credentials were made."""
    resource_account: str = ""
    resource_tags: Callable[[], Mapping[str, str]] | None = None
    """Tags of the resource, read when asked for."""
    existing_object_tags: Callable[[], Mapping[str, str]] | None = None
    """Tags of the object as it is (S3)."""
    source_arn: str = ""
    """For which resource a service calls."""
    source_account: str = ""
    """For which account a service calls."""
    source_vpce: str = ""
    source_vpc: str = ""
    called_via: tuple[str, ...] = ()
    """Services that passed the request on, with the caller's permissions."""
    signed_at: float | None = None
    """Epoch seconds of the signature (`X-Amz-Date`)."""
    object_lock_remaining_days: int | None = None


class RequestContext(Mapping[str, Value]):
    """Condition keys of one request; values are computed once, on first use.

    Belongs to the thread that authorizes the request.
    """

    __slots__ = ("_call", "_extra", "_facts", "_headers", "_known", "_params")

    def __init__(
        self,
        call: Call,
        params: Mapping[str, Any],
        headers: Mapping[str, str],
        facts: ContextFacts,
        extra: Mapping[str, Value],
    ) -> None:
        self._call = call
        self._params = params
        self._headers = headers
        self._facts = facts
        self._extra = extra
        self._known: dict[str, Value | None] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key (in lower case); the default when the request doesn't have it."""
        known = self._known
        value = known[key] if key in known else self._compute(key)
        return default if value is None else value

    def __getitem__(self, key: str) -> Value:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        found: Value = value
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        """Every key that the request has, tags included."""
        names = [*_KEYS, *self._extra]
        for prefix, tags in _TAG_KEYS.items():
            names += [prefix + tag.lower() for tag in tags(self)]
        return (name for name in dict.fromkeys(names) if self.get(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _compute(self, key: str) -> Value | None:
        value: Value | None = self._extra.get(key)
        if value is None:
            compute = _KEYS.get(key)
            if compute is not None:
                value = compute(self)
            elif "/" in key:
                prefix, _, tag = key.partition("/")
                tags = _TAG_KEYS.get(prefix + "/")
                value = _tag(tags(self), tag) if tags is not None else None
        self._known[key] = value
        return value

    @property
    def call(self) -> Call:
        """The call."""
        return self._call

    @property
    def facts(self) -> ContextFacts:
        """What was told besides."""
        return self._facts

    @property
    def params(self) -> Mapping[str, Any]:
        """Input members by model name."""
        return self._params

    def header(self, name: str) -> str | None:
        """A request header; None when it is absent or empty."""
        return self._headers.get(name) or None

    def text(self, member: str) -> str | None:
        """An input member as conditions compare it; None when it wasn't sent."""
        value = self._params.get(member)
        if value is None:
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)


def request_context(
    call: Call,
    params: Mapping[str, Any],
    headers: Mapping[str, str],
    facts: ContextFacts,
    extra: Mapping[str, Value] | None = None,
) -> RequestContext:
    """The condition keys of a request.

    Args:
        call: the authenticated call.
        params: its input members by model name.
        headers: its headers, by name in lower case.
        facts: what conditions need besides.
        extra: further keys by name in lower case; they win over computed ones.
    """
    return RequestContext(call, params, headers, facts, extra or {})


def fold(context: Mapping[str, Value]) -> dict[str, Value]:
    """A given context (`SimulatePrincipalPolicy`) with its key names in lower case."""
    return {name.lower(): value for name, value in context.items()}


_Compute = Callable[[RequestContext], Value | None]


def _member(name: str) -> _Compute:
    return lambda context: context.text(name)


def _header(name: str) -> _Compute:
    return lambda context: context.header(name)


def _fact(name: str) -> _Compute:
    return lambda context: getattr(context.facts, name) or None


def _either(header: str, member: str) -> _Compute:
    return lambda context: context.header(header) or context.text(member)


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _time(value: float | None) -> str | None:
    return None if value is None else iso_seconds(value)


def _principal_arn(context: RequestContext) -> str | None:
    """The role's ARN for a session of it, the caller's own for all others."""
    caller = context.call.caller
    issuer = caller.session.get("sessionIssuer") if caller.session else None
    if caller.type == "AssumedRole" and issuer:
        return issuer.get("arn") or caller.arn
    return caller.arn or None


def _principal_account(context: RequestContext) -> str | None:
    caller = context.call.caller
    return None if caller.anonymous else caller.account_id or None


def _principal_type(context: RequestContext) -> str | None:
    return _PRINCIPAL_TYPES.get(context.call.caller.type)


def _user_id(context: RequestContext) -> str | None:
    caller = context.call.caller
    return "anonymous" if caller.anonymous else caller.principal_id or None


def _user_name(context: RequestContext) -> str | None:
    caller = context.call.caller
    return caller.user_name or None if caller.type == "IAMUser" else None


def _is_service(context: RequestContext) -> str:
    return _bool(context.call.caller.type == "AWSService")


def _service_name(context: RequestContext) -> str | None:
    caller = context.call.caller
    return caller.invoked_by or None if caller.type == "AWSService" else None


def _mfa_present(context: RequestContext) -> str | None:
    present = context.facts.mfa_authenticated
    return None if present is None else _bool(present)


def _mfa_age(context: RequestContext) -> str | None:
    facts = context.facts
    if not facts.mfa_authenticated:
        return None
    began = facts.mfa_time if facts.mfa_time is not None else _session_start(context)
    return None if began is None else str(max(0, int(context.call.time - began)))


def _session_start(context: RequestContext) -> float | None:
    """When the temporary credentials were made: as told, or as the session's attributes say."""
    if context.facts.token_issue_time is not None:
        return context.facts.token_issue_time
    attributes = context.call.caller.session.get("attributes") or {}
    created = attributes.get("creationDate")
    return parse_iso_seconds(created) if created else None


def _source_identity(context: RequestContext) -> str | None:
    return context.facts.source_identity or context.call.caller.session.get("sourceIdentity") or None


def _source_ip(context: RequestContext) -> str | None:
    # Requests of services and through a VPC endpoint come from no public address.
    if context.call.caller.type == "AWSService" or context.facts.source_vpce:
        return None
    return context.call.source_ip or None


def _vpc_source_ip(context: RequestContext) -> str | None:
    return context.call.source_ip or None if context.facts.source_vpce else None


def _auth_type(context: RequestContext) -> str | None:
    return {"AuthHeader": "REST-HEADER", "QueryString": "REST-QUERY-STRING", "PostForm": "POST"}.get(
        context.call.signature.method
    )


def _signature_version(context: RequestContext) -> str | None:
    return {"SigV4": "AWS4-HMAC-SHA256", "SigV2": "AWS"}.get(context.call.signature.version)


def _signature_age(context: RequestContext) -> str | None:
    """Milliseconds since the request was signed."""
    signed = context.facts.signed_at
    return None if signed is None else str(max(0, int((context.call.time - signed) * 1000)))


def _tls_version(context: RequestContext) -> str | None:
    tls = context.call.tls
    return None if tls is None else tls.version.removeprefix("TLSv")


def _location_constraint(context: RequestContext) -> str | None:
    return (context.params.get("CreateBucketConfiguration") or {}).get("LocationConstraint")


def _copy_source(context: RequestContext) -> str | None:
    source = context.params.get("CopySource")
    if isinstance(source, Mapping):
        return f"{source.get('Bucket', '')}/{source.get('Key', '')}"
    return source.partition("?versionId=")[0].lstrip("/") if source else None


def _retention(name: str, member: str) -> _Compute:
    def compute(context: RequestContext) -> str | None:
        value = context.params.get(member)
        if value is None:
            value = (context.params.get("Retention") or {}).get(name)
        return iso_seconds(value) if isinstance(value, int | float) else value

    return compute


def _legal_hold(context: RequestContext) -> str | None:
    held = context.text("ObjectLockLegalHoldStatus")
    return held or (context.params.get("LegalHold") or {}).get("Status")


def _remaining_days(context: RequestContext) -> str | None:
    days = context.facts.object_lock_remaining_days
    return None if days is None else str(days)


def _tags_of(listed: Any) -> dict[str, str]:
    """Tags as AWS's models write them: a list of Key and Value (`key`, `value` in some), or a map."""
    if isinstance(listed, Mapping):
        return {str(name): str(value) for name, value in listed.items()}
    found = {}
    for tag in listed if isinstance(listed, list) else ():
        name = tag.get("Key", tag.get("key"))
        if name is not None:
            found[str(name)] = str(tag.get("Value", tag.get("value", "")))
    return found


def _request_object_tags(context: RequestContext) -> Mapping[str, str]:
    tagging = context.params.get("Tagging")
    if isinstance(tagging, str):
        return dict(parse_qsl(tagging, keep_blank_values=True))
    return _tags_of((tagging or {}).get("TagSet")) if tagging else _NO_TAGS


def _request_tags(context: RequestContext) -> Mapping[str, str]:
    for member in ("Tags", "TagsList", "tags"):
        if member in context.params:
            return _tags_of(context.params[member])
    configuration = context.params.get("CreateBucketConfiguration")
    return _tags_of(configuration.get("Tags")) if configuration else _NO_TAGS


def _tag_keys(context: RequestContext) -> Value | None:
    listed = context.params.get("TagKeys") or context.params.get("tagKeys")
    return tuple(listed) if listed else tuple(_request_tags(context)) or None


def _request_object_tag_keys(context: RequestContext) -> Value | None:
    return tuple(_request_object_tags(context)) or None


def _existing_object_tags(context: RequestContext) -> Mapping[str, str]:
    read = context.facts.existing_object_tags
    return read() if read is not None else _NO_TAGS


def _resource_tags(context: RequestContext) -> Mapping[str, str]:
    read = context.facts.resource_tags
    return read() if read is not None else _NO_TAGS


def _principal_tags(context: RequestContext) -> Mapping[str, str]:
    return context.facts.principal_tags


def _tag(tags: Mapping[str, str], name: str) -> str | None:
    """The value of a tag whose name is given in lower case."""
    found = tags.get(name)
    if found is not None:
        return found
    return next((value for tag, value in tags.items() if tag.lower() == name), None)


_TAG_KEYS: dict[str, Callable[[RequestContext], Mapping[str, str]]] = {
    "aws:principaltag/": _principal_tags,
    "aws:requesttag/": _request_tags,
    "aws:resourcetag/": _resource_tags,
    "iam:resourcetag/": _resource_tags,
    "s3:buckettag/": _resource_tags,
    "s3:existingobjecttag/": _existing_object_tags,
    "s3:requestobjecttag/": _request_object_tags,
}

_KEYS: dict[str, _Compute] = {
    "aws:calledvia": _fact("called_via"),
    "aws:calledviafirst": lambda context: context.facts.called_via[:1] or None,
    "aws:calledvialast": lambda context: context.facts.called_via[-1:] or None,
    "aws:currenttime": lambda context: iso_seconds(context.call.time),
    "aws:epochtime": lambda context: str(int(context.call.time)),
    "aws:federatedprovider": _fact("federated_provider"),
    "aws:multifactorauthage": _mfa_age,
    "aws:multifactorauthpresent": _mfa_present,
    "aws:principalaccount": _principal_account,
    "aws:principalarn": _principal_arn,
    "aws:principalisawsservice": _is_service,
    "aws:principalservicename": _service_name,
    "aws:principaltype": _principal_type,
    "aws:referer": _header("referer"),
    "aws:requestedregion": lambda context: context.call.region or None,
    "aws:resourceaccount": _fact("resource_account"),
    "aws:securetransport": lambda context: _bool(context.call.tls is not None),
    "aws:sourceaccount": _fact("source_account"),
    "aws:sourcearn": _fact("source_arn"),
    "aws:sourceidentity": _source_identity,
    "aws:sourceip": _source_ip,
    "aws:sourcevpc": _fact("source_vpc"),
    "aws:sourcevpce": _fact("source_vpce"),
    "aws:tagkeys": _tag_keys,
    "aws:tokenissuetime": lambda context: _time(_session_start(context)),
    "aws:useragent": lambda context: context.call.user_agent or None,
    "aws:userid": _user_id,
    "aws:username": _user_name,
    "aws:vpcsourceip": _vpc_source_ip,
    "aws:viaawsservice": lambda context: _bool(bool(context.facts.called_via)),
    "iam:permissionsboundary": _member("PermissionsBoundary"),
    "iam:policyarn": _member("PolicyArn"),
    "s3:authtype": _auth_type,
    "s3:delimiter": _member("Delimiter"),
    "s3:locationconstraint": _location_constraint,
    "s3:max-keys": _member("MaxKeys"),
    "s3:object-lock-legal-hold": _legal_hold,
    "s3:object-lock-mode": _retention("Mode", "ObjectLockMode"),
    "s3:object-lock-remaining-retention-days": _remaining_days,
    "s3:object-lock-retain-until-date": _retention("RetainUntilDate", "ObjectLockRetainUntilDate"),
    "s3:prefix": _member("Prefix"),
    "s3:requestobjecttagkeys": _request_object_tag_keys,
    "s3:resourceaccount": _fact("resource_account"),
    "s3:signatureage": _signature_age,
    "s3:signatureversion": _signature_version,
    "s3:tlsversion": _tls_version,
    "s3:versionid": _member("VersionId"),
    "s3:x-amz-acl": _either("x-amz-acl", "ACL"),
    "s3:x-amz-content-sha256": _header("x-amz-content-sha256"),
    "s3:x-amz-copy-source": _copy_source,
    "s3:x-amz-grant-full-control": _either("x-amz-grant-full-control", "GrantFullControl"),
    "s3:x-amz-grant-read": _either("x-amz-grant-read", "GrantRead"),
    "s3:x-amz-grant-read-acp": _either("x-amz-grant-read-acp", "GrantReadACP"),
    "s3:x-amz-grant-write": _either("x-amz-grant-write", "GrantWrite"),
    "s3:x-amz-grant-write-acp": _either("x-amz-grant-write-acp", "GrantWriteACP"),
    "s3:x-amz-metadata-directive": _either("x-amz-metadata-directive", "MetadataDirective"),
    "s3:x-amz-object-ownership": _either("x-amz-object-ownership", "ObjectOwnership"),
    "s3:x-amz-server-side-encryption": _either("x-amz-server-side-encryption", "ServerSideEncryption"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": _either(
        "x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"
    ),
    "s3:x-amz-server-side-encryption-customer-algorithm": _either(
        "x-amz-server-side-encryption-customer-algorithm", "SSECustomerAlgorithm"
    ),
    "s3:x-amz-storage-class": _either("x-amz-storage-class", "StorageClass"),
    "s3:x-amz-website-redirect-location": _either(
        "x-amz-website-redirect-location", "WebsiteRedirectLocation"
    ),
    "sts:externalid": _member("ExternalId"),
    "sts:rolesessionname": _member("RoleSessionName"),
    "sts:sourceidentity": _member("SourceIdentity"),
    "sts:transitivetagkeys": lambda context: tuple(context.params.get("TransitiveTagKeys") or ()) or None,
}
