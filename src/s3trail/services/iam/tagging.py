"""Tags of users, roles, policies, MFA devices and OpenID Connect providers.

Rules: IAM User Guide, "Tags for AWS Identity and Access Management resources": 50 tags, keys unique whatever
their case, `aws:` reserved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from s3trail.kernel.call import Call
from s3trail.kernel.operation import Operation, Result
from s3trail.services.iam import views
from s3trail.services.iam.errors import InvalidInput, LimitExceeded, ValidationError
from s3trail.services.iam.paging import page
from s3trail.state.environment import Tx

__all__ = ["checked_tags", "tag_operations"]

_MOST = 50
_LONGEST_KEY, _LONGEST_VALUE = 128, 256
_CHARACTERS = re.compile(r"[\w\s.:/=+\-@]*")
"""Letters, digits and spaces of all scripts, and what IAM names besides."""

Find = Callable[[Tx, Call, Mapping[str, Any]], Any]
Put = Callable[[Tx, Any], None]


def checked_tags(
    tags: Iterable[Mapping[str, str]] | None, before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Tags by key after `tags` were added; a key that differs only in case takes the place of the other.

    Raises:
        InvalidInput: a key is there twice.
        ValidationError: a key or value that isn't allowed.
        LimitExceeded: more than 50.
    """
    added: dict[str, tuple[str, str]] = {}
    for tag in tags or ():
        key, value = tag["Key"], tag["Value"]
        _check(key, value)
        if key.lower() in added:
            raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        added[key.lower()] = (key, value)
    together = {key: value for key, value in (before or {}).items() if key.lower() not in added}
    together.update(added.values())
    if len(together) > _MOST:
        raise LimitExceeded(f"The number of tags has reached the maximum limit of {_MOST}.")
    return together


def _check(key: str, value: str) -> None:
    if not 1 <= len(key) <= _LONGEST_KEY or not _CHARACTERS.fullmatch(key):
        raise ValidationError(
            f"1 validation error detected: Value '{key}' at 'tags.member.key' failed to satisfy constraint: "
            f"Member must have 1 to {_LONGEST_KEY} letters, digits, spaces or _.:/=+-@"
        )
    if len(value) > _LONGEST_VALUE or not _CHARACTERS.fullmatch(value):
        raise ValidationError(
            f"1 validation error detected: Value '{value}' at 'tags.member.value' failed to satisfy "
            f"constraint: Member must have at most {_LONGEST_VALUE} letters, digits, spaces or _.:/=+-@"
        )
    if key.lower().startswith("aws:"):
        raise InvalidInput(f"Tag keys that begin with aws: are reserved for system use: {key}")


def tag_operations(noun: str, find: Find, put: Put, changeable: Find | None = None) -> tuple[Operation, ...]:
    """Tag, Untag and List…Tags of one kind of resource.

    Args:
        noun: as in `TagUser`.
        find: the resource that the parameters name.
        put: writes it.
        changeable: as `find` for a change, where not everything that is found may be changed.
    """
    find_to_change = changeable or find

    def tag(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        found = find_to_change(tx, call, params)
        put(tx, replace(found, tags=checked_tags(params["Tags"], found.tags)))
        return {}

    def untag(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        found = find_to_change(tx, call, params)
        gone = {key.lower() for key in params["TagKeys"]}
        put(tx, replace(found, tags={key: found.tags[key] for key in found.tags if key.lower() not in gone}))
        return {}

    def list_tags(tx: Tx, call: Call, params: dict[str, Any]) -> Result:
        all_tags = views.tags(find(tx, call, params).tags) or []
        shown, more = page(all_tags, params, lambda shown: shown["Key"])
        return {"Tags": shown, **more}

    return (
        Operation("iam", f"Tag{noun}", tag, writes=True),
        Operation("iam", f"Untag{noun}", untag, writes=True),
        Operation("iam", f"List{noun}Tags", list_tags),
    )
