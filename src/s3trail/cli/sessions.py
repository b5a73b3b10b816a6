"""`s3trail session`: temporary credentials, revoked; and what STS takes on trust, given.

What the commands change is recorded in the same transaction. They run beside the server or without it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from s3trail.cli import options

if TYPE_CHECKING:
    from s3trail.state.environment import Tx

__all__ = ["session"]

session = typer.Typer(help="Temporary credentials.", no_args_is_help=True, rich_markup_mode=None)


@session.command("revoke")
def revoke(
    principal: Annotated[
        str, typer.Argument(metavar="ARN", help="The user, role or root whose credentials they are.")
    ],
    data: options.Data = None,
) -> None:
    """Make all temporary credentials invalid that a user, role or root has by now.

    Access keys and passwords stay as they are; credentials that STS issues from now on are valid.
    """
    settings = options.settings(data=data)
    from s3trail.cli.directory import open_environment
    from s3trail.kernel.clock import SystemClock, iso_seconds
    from s3trail.kernel.ids import RandomIds
    from s3trail.state.config import identity_records, sessions

    clock = SystemClock()
    with open_environment(settings.data, writable=True) as environment, environment.write() as tx:
        account_id, principal_id = _principal(tx, principal)
        before = clock.now()
        sessions.revoke(tx, principal_id, principal, before)
        identity_records.sessions_revoked(tx, RandomIds(), clock, account_id, principal, before)
    print(f"temporary credentials of {principal} issued before {iso_seconds(before)} are invalid")


@session.command("identity-context")
def identity_context(
    user_id: Annotated[str, typer.Argument(help="Id of the user in the identity store.")],
    identity_store: Annotated[str, typer.Option(metavar="ARN", help="The identity store.")],
    data: options.Data = None,
    account_id: Annotated[
        str | None, typer.Option("--account", metavar="ID", help="Whose roles it is for; default: the first.")
    ] = None,
    minutes: Annotated[int, typer.Option(min=1, max=720, help="How long it may be used.")] = 60,
    output: Annotated[
        options.Report, typer.Option("--output", "-o", help="Form of the output.")
    ] = options.Report.text,
) -> None:
    """Print a context assertion, with which AssumeRole acts on behalf of a user of IAM Identity Center.

    It goes into `--provided-contexts` of `aws sts assume-role`.
    """
    if not identity_store.startswith("arn:aws:identitystore::"):
        raise typer.BadParameter(f"{identity_store} isn't the ARN of an identity store")
    settings = options.settings(data=data)
    from s3trail.cli.directory import open_environment, open_secrets
    from s3trail.kernel.clock import SystemClock
    from s3trail.kernel.ids import RandomIds
    from s3trail.services.sts import identity_context as contexts
    from s3trail.state.config import identities, identity_records

    secrets, clock, ids = open_secrets(settings.data), SystemClock(), RandomIds()
    with open_environment(settings.data, writable=True) as environment, environment.write() as tx:
        first = identities.first_account(tx)
        if first is None:
            raise options.Failure(f"there is no account in {settings.data}; start `s3trail serve` first")
        account = account_id or first.account_id
        made = {
            "user_id": user_id,
            "identity_store_arn": identity_store,
            "credential_id": ids.event_id(),
        }
        assertion = contexts.seal(secrets, account, **made, expires=clock.now() + minutes * 60)
        identity_records.identity_context_made(tx, ids, clock, account, **made)
    if output is options.Report.json:
        print(json.dumps({"ProviderArn": contexts.IDENTITY_CENTER, "ContextAssertion": assertion}))
        return
    print(assertion)


@session.command("issuer-keys")
def issuer_keys(
    issuer: Annotated[str, typer.Argument(metavar="URL", help="The OpenID Connect provider's URL.")],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Its JSON Web Key Set; without it: ask the issuer."),
    ] = None,
    data: options.Data = None,
) -> None:
    """Give the public keys of an identity provider that the server can't reach, or take them back."""
    if not issuer.startswith("https://"):
        raise typer.BadParameter(f"{issuer} doesn't begin with https://")
    settings = options.settings(data=data)
    from s3trail.cli.directory import open_environment
    from s3trail.kernel.clock import SystemClock
    from s3trail.kernel.ids import RandomIds
    from s3trail.state.config import identities, identity_records, oidc_keys

    keys = _keys(file) if file is not None else None
    name = issuer.removeprefix("https://")
    with open_environment(settings.data, writable=True) as environment, environment.write() as tx:
        first = identities.first_account(tx)
        if first is None:
            raise options.Failure(f"there is no account in {settings.data}; start `s3trail serve` first")
        if keys is None:
            if not oidc_keys.remove(tx, name):
                raise options.Failure(f"no keys of {issuer} were given")
        else:
            oidc_keys.put(tx, name, keys)
        key_ids = [str(key.get("kid", "")) for key in keys or []]
        identity_records.issuer_keys_given(tx, RandomIds(), SystemClock(), first.account_id, issuer, key_ids)
    print(f"{issuer} is asked for its keys" if keys is None else f"{len(keys)} keys of {issuer} are trusted")


def _keys(file: Path) -> list[dict[str, Any]]:
    try:
        keys = json.loads(file.read_text(encoding="utf-8"))["keys"]
    except (ValueError, KeyError, TypeError):
        keys = None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise options.Failure(f"{file} holds no JSON Web Key Set")
    if any("d" in key or "k" in key for key in keys):
        raise options.Failure(f"{file} holds a private key; public keys alone are wanted")
    return keys


def _principal(tx: Tx, arn: str) -> tuple[str, str]:
    """Account and unique id of a user, a role or root."""
    from s3trail.state.config import documents, identities
    from s3trail.state.config.iam.roles import ROLES

    head, _, name = arn.partition("/")
    parts = head.split(":")
    if len(parts) == 6 and arn.startswith("arn:aws:iam::"):
        account_id, kind, last = parts[4], parts[5], name.rpartition("/")[2]
        if kind == "root" and documents.get(tx, "account", account_id) is not None:
            return account_id, account_id
        user = identities.find_user(tx, account_id, last) if kind == "user" else None
        if user is not None and user.arn == arn:
            return account_id, user.user_id
        role = ROLES.find(tx, account_id, last) if kind == "role" else None
        if role is not None and role.arn == arn:
            return account_id, role.role_id
    raise options.Failure(f"there is no user, role or root with the ARN {arn}")
