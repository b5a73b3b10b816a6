"""`s3trail user` and `s3trail account`: who may call, made beside the server or without it.

What they make is recorded like a call: the documents and their audit records commit in one transaction.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from s3trail.cli import options

if TYPE_CHECKING:
    from s3trail.state.config.identities import NewKey

__all__ = ["account", "user"]

user = typer.Typer(help="Users with access keys.", no_args_is_help=True, rich_markup_mode=None)
account = typer.Typer(help="Accounts with root access keys.", no_args_is_help=True, rich_markup_mode=None)


class Rights(StrEnum):
    """What a user may do in its account."""

    admin = "admin"
    read_only = "read-only"
    none = "none"


_Report = Annotated[options.Report, typer.Option("--output", "-o", help="Form of the output.")]
_Listing = Annotated[options.Listing, typer.Option("--output", "-o", help="Form of the output.")]


@user.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="The user's name.")],
    data: options.Data = None,
    account_id: Annotated[
        str | None, typer.Option("--account", metavar="ID", help="Its account; default: the first.")
    ] = None,
    rights: Annotated[Rights, typer.Option(help="What it may do in its account.")] = Rights.admin,
    output: _Report = options.Report.text,
) -> None:
    """Make a user with an access key, and print the key; its secret is shown this once."""
    settings = options.settings(data=data)
    from s3trail.cli.directory import open_environment, open_secrets
    from s3trail.kernel.clock import SystemClock
    from s3trail.kernel.ids import RandomIds
    from s3trail.state.config import identities, identity_records

    secrets, ids, clock = open_secrets(settings.data), RandomIds(), SystemClock()
    with open_environment(settings.data, writable=True) as environment, environment.write() as tx:
        if account_id is None:
            first = identities.first_account(tx)
            if first is None:
                raise options.Failure(f"there is no account in {settings.data}; start `s3trail serve` first")
            account_id = first.account_id
        made, key = identities.create_user(tx, secrets, ids, clock, account_id, name, rights.value)
        identity_records.user_created(tx, ids, clock, made, key.access_key)
    _print_key(key, {"UserName": made.user_name, "UserId": made.user_id, "Rights": made.rights}, output)


@user.command("list")
def list_users(
    data: options.Data = None,
    account_id: Annotated[
        str | None, typer.Option("--account", metavar="ID", help="Of this account alone.")
    ] = None,
    output: _Listing = options.Listing.table,
) -> None:
    """List the users."""
    settings = options.settings(data=data)
    from s3trail.cli import tables
    from s3trail.cli.directory import open_environment
    from s3trail.kernel.clock import iso_seconds
    from s3trail.state.config import identities

    with open_environment(settings.data) as environment, environment.read() as tx:
        rows = [
            {
                "UserName": found.user_name,
                "AccountId": found.account_id,
                "Rights": found.rights,
                "UserId": found.user_id,
                "CreateDate": iso_seconds(found.created),
            }
            for found in identities.users(tx, account_id or "")
        ]
    tables.show(rows, ("UserName", "AccountId", "Rights", "UserId", "CreateDate"), output)


@account.command("add")
def add_account(
    name: Annotated[str, typer.Argument(help="The account's name.")],
    data: options.Data = None,
    account_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Twelve digits; default: drawn.")
    ] = None,
    output: _Report = options.Report.text,
) -> None:
    """Make an account with a root access key, and print the key; its secret is shown this once."""
    settings = options.settings(data=data)
    from s3trail.cli.directory import open_environment, open_secrets
    from s3trail.kernel.clock import SystemClock
    from s3trail.kernel.ids import RandomIds
    from s3trail.state.config import identities, identity_records

    secrets, ids, clock = open_secrets(settings.data), RandomIds(), SystemClock()
    with open_environment(settings.data, writable=True) as environment, environment.write() as tx:
        made, key = identities.create_account(tx, secrets, ids, clock, name, account_id)
        identity_records.account_created(tx, ids, clock, made, key.access_key)
    _print_key(key, {"AccountName": made.name}, output)


@account.command("list")
def list_accounts(data: options.Data = None, output: _Listing = options.Listing.table) -> None:
    """List the accounts."""
    settings = options.settings(data=data)
    from s3trail.cli import tables
    from s3trail.cli.directory import open_environment
    from s3trail.kernel.clock import iso_seconds
    from s3trail.state.config import identities

    with open_environment(settings.data) as environment, environment.read() as tx:
        rows = [
            {
                "AccountId": found.account_id,
                "AccountName": found.name,
                "CreateDate": iso_seconds(found.created),
            }
            for found in identities.accounts(tx)
        ]
    tables.show(rows, ("AccountId", "AccountName", "CreateDate"), output)


def _print_key(key: NewKey, facts: dict[str, str], form: options.Report) -> None:
    members = {
        "AccessKeyId": key.access_key.key_id,
        "SecretAccessKey": key.secret,
        "AccountId": key.access_key.account_id,
        "Arn": key.access_key.arn,
        **facts,
    }
    if form is options.Report.json:
        print(json.dumps(members))
        return
    for name, value in members.items():
        print(f"{name:<16} {value}")
