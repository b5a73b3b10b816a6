"""`python -m s3trail.testing.demo`: a short scenario with real boto3, then the trail that it left.

Starts a server of its own on a free port, in a temporary directory, and removes both at the end. The
scenario: the owner stores and reads objects, a second user is refused, an anonymous caller is refused,
objects are deleted in bulk, a large one is uploaded in parts. Printed are the calls as a table, and one
record in full.
"""

from __future__ import annotations

import sys
from typing import Any

import orjson
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from s3trail.testing.server import ANONYMOUS, Record, Server, ServerError

__all__ = ["main"]

_BUCKET = "holiday-photos"
_PART = 5 << 20
_WIDTH = 110


def _attempt(console: Console, title: str, call: Any, **parameters: Any) -> None:
    """Make a call that may be refused, and say how it went."""
    from botocore.exceptions import ClientError

    try:
        call(**parameters)
        console.print(f"  {title}: [green]done[/]")
    except ClientError as error:
        console.print(f"  {title}: [red]{error.response['Error']['Code']}[/]")


def play(server: Server, console: Console) -> None:
    """Make the scenario's calls."""
    owner = server.client("s3")
    console.print("\n[bold]The owner[/]")
    _attempt(console, "makes a bucket", owner.create_bucket, Bucket=_BUCKET)
    for name in ("beach.jpg", "hotel bill.pdf", "mountains.jpg"):
        _attempt(
            console, f"puts {name}", owner.put_object, Bucket=_BUCKET, Key=name, Body=name.encode() * 100
        )
    _attempt(console, "gets beach.jpg", owner.get_object, Bucket=_BUCKET, Key="beach.jpg")
    _attempt(console, "gets what isn't there", owner.get_object, Bucket=_BUCKET, Key="desert.jpg")

    console.print("\n[bold]A second user without rights[/]")
    mallory = server.client("s3", credentials=server.add_user("mallory", "none"))
    _attempt(console, "gets the bill", mallory.get_object, Bucket=_BUCKET, Key="hotel bill.pdf")
    _attempt(console, "deletes it", mallory.delete_object, Bucket=_BUCKET, Key="hotel bill.pdf")

    console.print("\n[bold]An anonymous caller[/]")
    stranger = server.client("s3", credentials=ANONYMOUS)
    _attempt(console, "lists the bucket", stranger.list_objects_v2, Bucket=_BUCKET)

    console.print("\n[bold]The owner again[/]")
    upload = owner.create_multipart_upload(Bucket=_BUCKET, Key="film.mp4")["UploadId"]
    where = {"Bucket": _BUCKET, "Key": "film.mp4", "UploadId": upload}
    parts = [
        {"PartNumber": number, "ETag": owner.upload_part(**where, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate((bytes(_PART), b"the end"), 1)
    ]
    _attempt(
        console,
        "uploads film.mp4 in two parts",
        owner.complete_multipart_upload,
        **where,
        MultipartUpload={"Parts": parts},
    )
    doomed = [{"Key": name} for name in ("beach.jpg", "mountains.jpg")]
    _attempt(console, "deletes two in bulk", owner.delete_objects, Bucket=_BUCKET, Delete={"Objects": doomed})


def _who(record: Record) -> str:
    identity = record["userIdentity"]
    if identity.get("principalId") == "ANONYMOUS_PRINCIPAL":
        return "anonymous"
    name = identity.get("userName") or identity.get("invokedBy") or identity.get("type", "")
    return str(name).lower() if identity.get("type") == "Root" else str(name)


def _size(record: Record) -> str:
    data = record.get("additionalEventData") or {}
    moved = (data.get("bytesTransferredIn"), data.get("bytesTransferredOut"))
    return "" if None in moved else f"{moved[0]:,} / {moved[1]:,}"


def show(records: list[Record], console: Console) -> None:
    """Print records as a table, oldest first, and the first refused call's record in full."""
    table = Table(title="The trail")
    for name in ("time", "who", "event"):
        table.add_column(name, no_wrap=True)
    table.add_column("object", overflow="fold")
    table.add_column("bytes in / out", justify="right")
    table.add_column("outcome", no_wrap=True)
    for record in records:
        parameters = record["requestParameters"] or {}
        place = "/".join(part for part in (parameters.get("bucketName"), parameters.get("key")) if part)
        error = record.get("errorCode")
        table.add_row(
            record["eventTime"][11:19],
            _who(record),
            record["eventName"],
            place,
            _size(record),
            f"[red]{error}[/]" if error else "[green]ok[/]",
        )
    console.print()
    console.print(table)
    refused = next((record for record in records if record.get("errorCode") == "AccessDenied"), None)
    if refused is not None:
        console.print("\n[bold]One record in full: the refused call of the second user[/]")
        text = orjson.dumps(refused, option=orjson.OPT_INDENT_2).decode()
        console.print(Syntax(text, "json", background_color="default", word_wrap=True))


def main() -> int:
    """Play the demo; gives the exit code."""
    terminal = Console()
    # Into a pipe the table keeps the width that it needs.
    console = terminal if terminal.width >= _WIDTH else Console(width=_WIDTH)
    try:
        import boto3  # noqa: F401 - asked for here, to say early what is missing
    except ModuleNotFoundError:
        console.print("The demo needs boto3: pip install 's3trail[test]'", style="red")
        return 1
    try:
        with Server() as server:
            console.print(f"s3trail answers at {server.endpoint}")
            play(server, console)
            show(server.records(eventSource="s3.amazonaws.com"), console)
            count = len(server.records())
            verified = server.command("verify").returncode == 0
            if verified:
                console.print(f"\n{count} records; verify proves that none is missing or altered.")
            return 0 if verified and server.stop() == 0 else 1
    except ServerError as error:
        console.print(str(error), style="red", markup=False)
        return 1


if __name__ == "__main__":
    sys.exit(main())
