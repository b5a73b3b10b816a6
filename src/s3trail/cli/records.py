"""`s3trail lookup` and `s3trail tail`: the records of the journal, searched or live.

Both read the journal itself, so they work with the server stopped, see data events and all regions, and need
no credentials but the right to read the data directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from s3trail.cli import options

if TYPE_CHECKING:
    from s3trail.cli.filters import Criteria

__all__ = ["lookup", "tail"]

_Attributes = Annotated[
    list[str] | None,
    typer.Option(
        "--lookup-attributes",
        metavar="AttributeKey=K,AttributeValue=V",
        help="As in `aws cloudtrail lookup-events`; give it several times, all have to hold.",
    ),
]
_EventName = Annotated[str | None, typer.Option(metavar="NAME", help="The event's name, such as PutObject.")]
_User = Annotated[str | None, typer.Option(metavar="NAME", help="User name, role session name, or root.")]
_AccessKey = Annotated[str | None, typer.Option(metavar="ID", help="Access key id.")]
_Bucket = Annotated[str | None, typer.Option(metavar="NAME", help="Bucket that was addressed.")]
_KeyPrefix = Annotated[str | None, typer.Option(metavar="PREFIX", help="How the object key begins.")]
_Error = Annotated[str | None, typer.Option(metavar="CODE|any|none", help="Error code; any or no error.")]
_IdentityType = Annotated[
    str | None, typer.Option(metavar="TYPE", help="userIdentity.type, such as Root, IAMUser, AWSAccount.")
]
_Output = Annotated[
    options.Stream | None,
    typer.Option("--output", "-o", help="Default: table on a terminal, else ndjson.", show_default=False),
]


def lookup(
    data: options.Data = None,
    lookup_attributes: _Attributes = None,
    start_time: Annotated[
        str | None,
        typer.Option("--start-time", "--since", metavar="TIME|AGE", help="From this time, or for 1h, 2d."),
    ] = None,
    end_time: Annotated[
        str | None, typer.Option("--end-time", "--until", metavar="TIME|AGE", help="Until this time.")
    ] = None,
    max_items: Annotated[
        int | None, typer.Option("--max-items", "--max-results", min=1, metavar="N", help="At most so many.")
    ] = None,
    event_name: _EventName = None,
    user: _User = None,
    access_key: _AccessKey = None,
    bucket: _Bucket = None,
    key_prefix: _KeyPrefix = None,
    error: _Error = None,
    identity_type: _IdentityType = None,
    output: _Output = None,
) -> None:
    """Search the recorded calls, newest first; all conditions have to hold."""
    settings = options.settings(data=data)
    from s3trail.cli import forms, scan
    from s3trail.cli.directory import open_environment

    criteria = _criteria(
        lookup_attributes or [],
        {"EventName": event_name, "Username": user, "AccessKeyId": access_key},
        bucket=bucket,
        key_prefix=key_prefix,
        error=error,
        identity_type=identity_type,
        start=("--start-time", start_time),
        end=("--end-time", end_time),
    )
    with open_environment(settings.data) as environment:
        forms.write(scan.newest_first(environment, criteria, max_items), output or options.Stream.default())


def tail(
    data: options.Data = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with those that come.")] = False,
    count: Annotated[
        int, typer.Option("--lines", "-n", min=0, metavar="N", help="How many past records.")
    ] = 20,
    lookup_attributes: _Attributes = None,
    event_name: _EventName = None,
    user: _User = None,
    access_key: _AccessKey = None,
    bucket: _Bucket = None,
    key_prefix: _KeyPrefix = None,
    error: _Error = None,
    identity_type: _IdentityType = None,
    output: _Output = None,
) -> None:
    """Show the last recorded calls, oldest first, and with -f those that come, until Ctrl-C."""
    settings = options.settings(data=data)
    from s3trail.cli import forms, scan
    from s3trail.cli.directory import open_environment

    criteria = _criteria(
        lookup_attributes or [],
        {"EventName": event_name, "Username": user, "AccessKeyId": access_key},
        bucket=bucket,
        key_prefix=key_prefix,
        error=error,
        identity_type=identity_type,
    )
    stream = output or options.Stream.default()
    with open_environment(settings.data) as environment:
        if follow:
            forms.write(scan.follow(environment, criteria, count), stream, flush=True)
        else:
            last = [*scan.newest_first(environment, criteria, count)]
            forms.write(reversed(last), stream)


def _criteria(
    attributes: list[str],
    named: dict[str, str | None],
    *,
    start: tuple[str, str | None] = ("", None),
    end: tuple[str, str | None] = ("", None),
    **others: str | None,
) -> Criteria:
    """Criteria from the texts of the flags.

    Raises:
        BadParameter: an attribute or a time can't be read.
    """
    import time

    from s3trail.cli.filters import Criteria, parse_attribute, parse_time

    now = time.time()
    pairs = [pair for text in attributes for pair in parse_attribute(text)]
    pairs += [(key, value) for key, value in named.items() if value is not None]
    times = [None if text is None else parse_time(flag, text, now) for flag, text in (start, end)]
    if times[0] is not None and times[1] is not None and times[0] > times[1]:
        raise typer.BadParameter("--start-time is after --end-time")
    return Criteria(attributes=tuple(pairs), start=times[0], end=times[1], **others)
