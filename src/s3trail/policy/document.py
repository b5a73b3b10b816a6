"""Policy documents: JSON in, a frozen policy out that `evaluate` can ask.

The grammar is that of the IAM User Guide, "Grammar of the IAM JSON policy language". What a document must
and must not hold depends on where it is attached; `PolicyKind` names these places:

- `identity`, `boundary`, `session`: no principals; Version 2012-10-17.
- `resource`: principals required. With `bucket`, S3's own checks: the resources lie in the bucket, the
  actions are S3's and apply to them.
- `trust`: principals required, no resources, only actions of STS.
- `vpc-endpoint`: principals required.

A refused document is an AWS error: `MalformedPolicyDocument` from IAM, `MalformedPolicy` from S3; other
services name their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from s3trail.kernel.errors import AwsError
from s3trail.policy.conditions import Condition, InvalidCondition, compile_condition
from s3trail.policy.principals import InvalidPrincipal, Principals, compile_principals
from s3trail.policy.public_access import statement_is_public
from s3trail.policy.s3_actions import S3_BUCKET_ACTIONS, S3_OBJECT_ACTIONS
from s3trail.policy.variables import Context, constant, resolve, template
from s3trail.policy.wildcards import Matcher, compile_parts, match_any, split_wildcards

__all__ = [
    "MalformedPolicy",
    "MalformedPolicyDocument",
    "Policy",
    "PolicyKind",
    "Statement",
    "is_public",
    "parse_policy",
]

PolicyKind = Literal["identity", "boundary", "session", "resource", "trust", "vpc-endpoint"]

_OF_IAM = frozenset({"identity", "boundary", "session", "trust"})
_WITHOUT_PRINCIPAL = frozenset({"identity", "boundary", "session"})
_VERSIONS = ("2008-10-17", "2012-10-17")
_POLICY_MEMBERS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_MEMBERS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "*")
_REMEMBERED_ACTIONS = 1024


class MalformedPolicy(AwsError):
    """S3 can't take the bucket policy."""

    code = "MalformedPolicy"
    status = 400
    message = "This policy contains invalid Json"


class MalformedPolicyDocument(AwsError):
    """IAM or STS can't take the policy."""

    code = "MalformedPolicyDocument"
    status = 400
    message = "Syntax errors in policy."


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, ready to be asked."""

    sid: str
    """`Sid`; empty when it has none."""
    index: int
    """Position in the policy, from 0."""
    allow: bool
    """False: Deny."""
    source: Mapping[str, Any]
    """The statement's JSON, to show it."""
    principals: Principals | None
    """None in policies that name none."""
    acts: Matcher = field(repr=False)
    """Is the action, in lower case, one of the statement's?"""
    covers: Callable[[str, Context], bool] = field(repr=False)
    """Is the resource's ARN one of the statement's?"""
    condition: Condition | None = field(repr=False)
    """None when there is no condition."""


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A policy document, compiled."""

    kind: PolicyKind
    version: str
    id: str
    """`Id`; empty when it has none."""
    statements: tuple[Statement, ...]
    public: bool
    """Whether a bucket policy lets in the public; see `public_access`."""
    _by_action: dict[str, tuple[tuple[Statement, ...], tuple[Statement, ...]]] = field(
        default_factory=dict, repr=False
    )

    def on(self, action: str) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
        """The statements about an action: those that deny, those that allow.

        Remembered per action, of which there are few; a race between threads only does the work twice.
        """
        found = self._by_action.get(action)
        if found is None:
            lower = action.lower()
            about = [statement for statement in self.statements if statement.acts(lower)]
            found = (
                tuple(statement for statement in about if not statement.allow),
                tuple(statement for statement in about if statement.allow),
            )
            if len(self._by_action) < _REMEMBERED_ACTIONS:
                self._by_action[action] = found
        return found


def is_public(policy: Policy) -> bool:
    """`IsPublic` of GetBucketPolicyStatus: whether the bucket policy lets in the public."""
    return policy.public


def parse_policy(
    document: str | bytes,
    kind: PolicyKind,
    *,
    max_size: int,
    bucket: str | None = None,
    malformed: type[AwsError] | None = None,
) -> Policy:
    """Check and compile a policy document.

    Args:
        document: the JSON text. kind: where it is attached. max_size: longest document allowed, in bytes
            (20,480 for a bucket); of IAM's in characters that aren't white space (2,048 inline of a user,
            6,144 managed, ...). bucket: name of the bucket whose policy it is; makes S3's checks.
            malformed: the service's own error; by default IAM's or S3's.

    Raises:
        MalformedPolicyDocument, MalformedPolicy: (or `malformed`) the document can't be taken; the message
            says why. Of a bucket policy, `Detail` quotes the wrong value.
        AwsError: `LimitExceeded` (409) for a document of IAM's that is too long.
    """
    error = malformed or (MalformedPolicyDocument if kind in _OF_IAM else MalformedPolicy)
    return _Reader(kind, bucket, error).read(document, max_size)


class _Reader:
    """Reads one document; holds what its checks depend on."""

    __slots__ = ("_bucket", "_error", "_iam", "_kind", "_variables")

    def __init__(self, kind: PolicyKind, bucket: str | None, error: type[AwsError]) -> None:
        self._kind = kind
        self._bucket = bucket
        self._error = error
        self._iam = kind in _OF_IAM
        self._variables = False

    def _refuse(self, message: str, detail: str = "") -> NoReturn:
        if detail and self._error is MalformedPolicy:
            raise MalformedPolicy(message, Detail=detail)
        raise self._error(message)

    def read(self, document: str | bytes, max_size: int) -> Policy:
        text = document if isinstance(document, str) else document.decode("utf-8", "replace")
        self._check_size(text, max_size)
        content = self._json(text)
        version = content.get("Version", _VERSIONS[0])
        if version not in _VERSIONS:
            self._refuse(
                "Syntax errors in policy." if self._iam else "The policy must contain a valid version string"
            )
        if self._kind in _WITHOUT_PRINCIPAL and version != _VERSIONS[1]:
            self._refuse("Policy document must be version 2012-10-17 or greater.")
        self._variables = version == _VERSIONS[1]
        identifier = content.get("Id", "")
        if not isinstance(identifier, str):
            self._refuse("Syntax errors in policy." if self._iam else "Invalid policy syntax.")
        statements = self._statements(content.get("Statement"))
        return Policy(
            kind=self._kind,
            version=version,
            id=identifier,
            statements=statements,
            public=any(
                statement_is_public(
                    statement.source, anyone=statement.principals.anyone or statement.principals.excluded
                )
                for statement in statements
                if statement.principals is not None
            ),
        )

    def _check_size(self, text: str, max_size: int) -> None:
        if self._iam:
            if len(text) > max_size and sum(map(len, text.split())) > max_size:
                if self._kind == "session":
                    raise AwsError(
                        "The packed policy size exceeds the allowed limit.",
                        code="PackedPolicyTooLarge",
                        status=400,
                    )
                raise AwsError(
                    f"Cannot exceed quota for PolicySize: {max_size}", code="LimitExceeded", status=409
                )
        elif len(text.encode("utf-8", "surrogatepass")) > max_size:
            self._refuse("Policy exceeds the maximum allowed document size.")

    def _json(self, text: str) -> dict[str, Any]:
        if not self._iam and not text.startswith("{"):
            self._refuse("Policies must be valid JSON and the first byte must be '{'")
        try:
            content = json.loads(text, object_pairs_hook=_without_duplicates)
        except (ValueError, RecursionError):
            self._refuse(
                {"trust": "This policy contains invalid Json"}.get(self._kind, "Syntax errors in policy.")
                if self._iam
                else "Policies must be valid JSON and the first byte must be '{'"
            )
        if not isinstance(content, dict):
            self._refuse("Syntax errors in policy.")
        for name in content:
            if name not in _POLICY_MEMBERS:
                self._refuse("Syntax errors in policy." if self._iam else f"Unknown field {name}")
        return content

    def _statements(self, element: Any) -> tuple[Statement, ...]:
        if element is None:
            self._refuse("Syntax errors in policy." if self._iam else "Missing required field Statement")
        found = element if isinstance(element, list) else [element]
        if not found or not all(isinstance(statement, dict) for statement in found):
            self._refuse("Syntax errors in policy." if self._iam else "Statement is empty!")
        statements = tuple(self._statement(index, statement) for index, statement in enumerate(found))
        sids = [statement.sid for statement in statements if statement.sid]
        if len(set(sids)) != len(sids):
            self._refuse("Statement IDs (SID) in a single policy must be unique.")
        return statements

    def _statement(self, index: int, source: dict[str, Any]) -> Statement:
        for name in source:
            if name not in _STATEMENT_MEMBERS:
                self._refuse("Syntax errors in policy." if self._iam else f"Unknown field {name}")
        sid = source.get("Sid", "")
        if not isinstance(sid, str):
            self._refuse("Syntax errors in policy." if self._iam else "Invalid policy syntax.")
        effect = source.get("Effect")
        if effect not in ("Allow", "Deny"):
            if effect is None:
                self._refuse("Syntax errors in policy." if self._iam else "Missing required field Effect")
            self._refuse("Syntax errors in policy." if self._iam else f"Invalid effect: {effect}")
        principals = self._principals(source)
        actions, not_actions = self._texts(source, "Action")
        for action in actions:
            self._check_action(action)
        resources, not_resources = self._resources(source)
        if self._bucket is not None and not not_actions and not not_resources:
            self._check_applies(actions, resources)
        acts = match_any([action.lower() for action in actions])
        return Statement(
            sid=sid,
            index=index,
            allow=effect == "Allow",
            source=source,
            principals=principals,
            acts=_opposite(acts) if not_actions else acts,
            covers=_covers(resources, variables=self._variables, excluded=not_resources),
            condition=self._condition(source),
        )

    def _principals(self, source: dict[str, Any]) -> Principals | None:
        given = [name for name in ("Principal", "NotPrincipal") if name in source]
        if self._kind in _WITHOUT_PRINCIPAL:
            if given:
                self._refuse("Policy document should not specify a principal.")
            return None
        if not given:
            self._refuse("Missing required field Principal")
        if len(given) == 2 or (self._kind == "trust" and given == ["NotPrincipal"]):
            self._refuse("Invalid policy syntax." if not self._iam else "Syntax errors in policy.")
        try:
            return compile_principals(source[given[0]], excluded=given == ["NotPrincipal"])
        except InvalidPrincipal as wrong:
            if self._iam:
                self._refuse(f"Invalid principal in policy: {wrong}")
            self._refuse("Invalid principal in policy", str(wrong))

    def _texts(self, source: dict[str, Any], name: str) -> tuple[list[str], bool]:
        """The values of `Action` or `NotAction` (or of the resources), and whether it was the `Not`."""
        given = [member for member in (name, f"Not{name}") if member in source]
        if len(given) != 1:
            if given or not self._iam:
                self._refuse(
                    "Syntax errors in policy."
                    if self._iam
                    else f"Missing required field {name}"
                    if not given
                    else "Invalid policy syntax."
                )
            self._refuse(f"Policy statement must contain {name.lower()}s.")
        value = source[given[0]]
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in texts):
            self._refuse("Syntax errors in policy." if self._iam else f"Policy has invalid {name.lower()}")
        if not texts:
            self._refuse(
                f"Policy statement must contain {name.lower()}s."
                if self._iam
                else f"Missing required field {name} cannot be empty!"
            )
        return texts, given[0] != name

    def _check_action(self, action: str) -> None:
        vendor, colon, name = action.partition(":")
        if self._iam:
            if action == "*" and self._kind != "trust":
                return
            if not colon:
                self._refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
            if ":" in name:
                self._refuse("Actions/Condition can contain only one colon.")
            if not vendor or not vendor.replace("-", "").replace(".", "").isalnum() or not vendor.isascii():
                self._refuse(f"Vendor {vendor} is not valid")
            if self._kind == "trust" and vendor.lower() != "sts":
                self._refuse("AssumeRole policy may only specify STS AssumeRole actions.")
            return
        well_formed = action == "*" or (vendor and name and ":" not in name)
        if not well_formed or (self._bucket is not None and not _kinds_of_s3_action(action)):
            self._refuse("Policy has invalid action", action)

    def _resources(self, source: dict[str, Any]) -> tuple[list[str], bool]:
        if self._kind == "trust":
            if "Resource" in source or "NotResource" in source:
                self._refuse("Has prohibited field Resource.")
            return ["*"], False
        resources, excluded = self._texts(source, "Resource")
        for resource in resources:
            if self._bucket is not None:
                self._check_s3_resource(resource, self._bucket)
            elif self._iam:
                self._check_iam_resource(resource)
            elif resource != "*" and resource.count(":") < 5:
                self._refuse("Policy has invalid resource", resource)
        return resources, excluded

    def _check_iam_resource(self, resource: str) -> None:
        if resource == "*":
            return
        sections = resource.split(":", 5)
        if sections[0] != "arn" or len(sections) < 2:
            self._refuse(f'Resource {resource} must be in ARN format or "*".')
        if sections[1] not in _PARTITIONS and "*" not in sections[1]:
            self._refuse(f'Partition "{sections[1]}" is not valid for resource "{resource}".')
        if len(sections) < 3 or ("*" in sections[2] and sections[2] != "*") or "?" in sections[2]:
            self._refuse("Resource vendor must be fully qualified and cannot contain regexes.")
        if len(sections) < 6:
            if not resource.endswith("*"):
                self._refuse("The policy failed legacy parsing")
            return
        if sections[2] == "iam" and sections[3] not in ("", "*"):
            self._refuse(f"IAM resource {resource} cannot contain region information.")
        if sections[2] == "s3" and sections[3] not in ("", "*") and not sections[5].startswith("accesspoint"):
            self._refuse(f"Resource {resource} can not contain region information.")

    def _check_s3_resource(self, resource: str, bucket: str) -> None:
        prefix, _, rest = resource.partition(":::")
        if prefix not in ("arn:aws:s3", "arn:aws-cn:s3", "arn:aws-us-gov:s3") or not rest:
            self._refuse("Policy has invalid resource", resource)
        name = rest.partition("/")[0]
        if not compile_parts(split_wildcards(name))(bucket):
            self._refuse("Policy has invalid resource", resource)

    def _check_applies(self, actions: Sequence[str], resources: Sequence[str]) -> None:
        kinds: set[str] = set()
        for resource in resources:
            name, slash, _ = resource.partition(":::")[2].partition("/")
            kinds.add("object" if slash else "bucket")
            if name.endswith("*") and not slash:
                kinds.add("object")
        for action in actions:
            if not _kinds_of_s3_action(action) & kinds:
                self._refuse("Action does not apply to any resource(s) in statement", action)

    def _condition(self, source: dict[str, Any]) -> Condition | None:
        try:
            return compile_condition(source.get("Condition", {}), variables=self._variables)
        except InvalidCondition as wrong:
            self._refuse("Syntax errors in policy." if self._iam else str(wrong))


def _kinds_of_s3_action(action: str) -> set[str]:
    """Kinds of resource that the S3 actions of this pattern apply to; empty when it is no action of S3's."""
    if action == "*":
        return {"bucket", "object"}
    matches = compile_parts(split_wildcards(action.lower()))
    kinds = set()
    if any(matches(known.lower()) for known in S3_BUCKET_ACTIONS):
        kinds.add("bucket")
    if any(matches(known.lower()) for known in S3_OBJECT_ACTIONS):
        kinds.add("object")
    return kinds


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One JSON object; a member that comes twice is refused: readers would differ on which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate member")
    return found


def _opposite(matches: Matcher) -> Matcher:
    return lambda text: not matches(text)


def _covers(resources: Sequence[str], *, variables: bool, excluded: bool) -> Callable[[str, Context], bool]:
    """The predicate of `Resource`, or with `excluded` of `NotResource`."""
    templates = [(text, template(text, variables=variables)) for text in resources]
    plain = match_any([text for text, parts in templates if constant(parts) and "${" not in text])
    varying = [parts for text, parts in templates if not constant(parts) or "${" in text]
    if not varying:
        if excluded:
            return lambda resource, _context: not plain(resource)
        return lambda resource, _context: plain(resource)

    def covers(resource: str, context: Context) -> bool:
        if plain(resource):
            return not excluded
        for parts in varying:
            filled = resolve(parts, context)
            if filled is not None and compile_parts(filled)(resource):
                return not excluded
        return excluded

    return covers
