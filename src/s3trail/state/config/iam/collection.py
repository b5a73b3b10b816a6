"""Documents of one kind that belong to accounts, as frozen values.

A value is a dataclass with a field `account_id`; its document holds the fields by their own names. The
document's name is the account id, `/` and the value's own name in lower case: IAM's names keep their case
but are unique without it (IAM User Guide, "IAM identifiers").

Fields are texts, numbers, flat tuples and flat mappings, so that JSON gives back what was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Generic, Protocol, TypeVar

from s3trail.state.config import documents
from s3trail.state.environment import Tx

__all__ = ["Collection", "Owned"]


class Owned(Protocol):
    """A value that belongs to an account."""

    @property
    def account_id(self) -> str:
        """Twelve digits."""
        ...


T = TypeVar("T", bound=Owned)


class Collection(Generic[T]):
    """All values of one kind.

    Args:
        kind: kind of the documents.
        make: the dataclass.
        name: the value's name within its account.
    """

    def __init__(self, kind: str, make: Callable[..., T], name: Callable[[T], str]) -> None:
        self.kind = kind
        self._make = make
        self._name = name

    def find(self, tx: Tx, account_id: str, name: str) -> T | None:
        """The value of that name, whatever its case; None when there is none."""
        found = documents.get(tx, self.kind, self.document(account_id, name))
        return None if found is None else self.read(found)

    def put(self, tx: Tx, value: T) -> None:
        """Write a value, replacing what is there under its name."""
        content: dict[str, Any] = {}
        for field in fields(value):  # type: ignore[arg-type]
            member = getattr(value, field.name)
            content[field.name] = dict(member) if isinstance(member, Mapping) else member
        documents.put(tx, self.kind, self.document(value.account_id, self._name(value)), content)

    def delete(self, tx: Tx, value: T) -> None:
        """Remove a value."""
        documents.delete(tx, self.kind, self.document(value.account_id, self._name(value)))

    def of_account(self, tx: Tx, account_id: str) -> Iterator[T]:
        """The account's values by name."""
        for _, found in documents.scan(tx, self.kind, f"{account_id}/"):
            yield self.read(found)

    def count(self, tx: Tx, account_id: str) -> int:
        """How many values the account has."""
        return documents.count(tx, self.kind, f"{account_id}/")

    def read(self, content: Mapping[str, Any]) -> T:
        """A value from its document."""
        return self._make(
            **{name: tuple(member) if type(member) is list else member for name, member in content.items()}
        )

    @staticmethod
    def document(account_id: str, name: str) -> str:
        """Name of a value's document."""
        return f"{account_id}/{name.lower()}"
