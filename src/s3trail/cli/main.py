"""The console script `s3trail`: the commands by name, and how their errors become exit codes.

Exit codes: 0 done; 1 it failed, or `verify` found a fault; 2 the command line or a setting is wrong; 130
interrupted. Errors are one line on stderr. What a command needs is imported when it runs, so that `--help`
answers at once.
"""

from __future__ import annotations

import errno
import socket
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s3trail import __version__
from s3trail.cli import history, identities, options, records, selectors, sessions, trails

if TYPE_CHECKING:
    from s3trail.config import Given, Setting

__all__ = ["app", "outcome", "run"]

app = typer.Typer(
    help="An audit trail for object storage: S3 whose every call is a CloudTrail record.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def run() -> None:
    """Run the command line of this process and end it."""
    sys.exit(outcome(sys.argv[1:]))


def outcome(arguments: list[str]) -> int:
    """Run a command line; gives its exit code. No exception leaves it."""
    try:
        code = app(arguments, prog_name="s3trail", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        from s3trail.cli.forms import close_output

        close_output()
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: users get a line, not a traceback
        message, code = _explained(error)
        print(message, file=sys.stderr)
        return code


def _explained(error: Exception) -> tuple[str, int]:
    """What to tell about an error, and the exit code."""
    message, code = _reason(error)
    # `s3trail` or `s3trail user` alone ends with its help as an error.
    return (message if message.startswith("Usage:") else f"s3trail: {' '.join(message.split())}"), code


def _reason(error: Exception) -> tuple[str, int]:
    from s3trail.config import SettingError
    from s3trail.kernel.errors import AwsError

    if hasattr(error, "format_message"):  # usage errors of the command-line parser
        return str(error.format_message()), int(getattr(error, "exit_code", 2))
    if isinstance(error, SettingError):
        return str(error), 2
    if isinstance(error, AwsError):
        return error.message, 1
    if isinstance(error, OSError):
        return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""), 1
    if type(error).__module__.startswith("s3trail."):
        return str(error), 1
    return f"internal error: {type(error).__name__}: {error}", 1


def _version(wanted: bool) -> None:
    if wanted:
        print(f"s3trail {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    del version


@app.command()
def serve(
    data: options.Data = None,
    listen: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Address of all AWS APIs.")] = None,
    console: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Address of the web console.")
    ] = None,
    no_console: Annotated[bool, typer.Option("--no-console", help="Don't start the web console.")] = False,
    workers: Annotated[int | None, typer.Option(metavar="N", help="Processes that serve requests.")] = None,
    config: options.ConfigFile = None,
) -> None:
    """Start the server; SIGTERM or Ctrl-C drains and ends it."""
    if console is not None and no_console:
        raise typer.BadParameter("--console and --no-console exclude each other")
    settings = options.settings(
        config,
        data=data,
        server_listen=listen,
        server_console="off" if no_console else console,
        server_workers=workers,
    )
    from s3trail import observe
    from s3trail.app import serve as serve_until_told
    from s3trail.cli.welcome import welcome

    observe.configure(settings.log.format, settings.log.level, process="supervisor")
    try:
        code = serve_until_told(
            settings, lambda started: print(welcome(started.endpoint, settings, started.root_key), flush=True)
        )
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EADDRNOTAVAIL} or isinstance(error, socket.gaierror):
            raise options.Failure(f"can't listen on {settings.server.listen}: {error.strerror}") from error
        raise
    raise typer.Exit(code)


@app.command()
def env(data: options.Data = None, config: options.ConfigFile = None) -> None:
    """Print exports that point the aws cli and the SDKs at the server, as root of the first account.

    For the shell: eval "$(s3trail env)".
    """
    settings = options.settings(config, data=data)
    import shlex

    from s3trail.cli.directory import endpoint, open_environment, open_secrets
    from s3trail.state.config import identities as state

    with open_environment(settings.data) as environment, environment.read() as tx:
        account = state.first_account(tx)
        key = state.root_key(tx, account.account_id) if account else None
        if key is None:
            raise options.Failure(
                f"no account has a root key in {settings.data}; start `s3trail serve` first"
            )
        exports = {
            "AWS_ACCESS_KEY_ID": key.key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret(open_secrets(settings.data)),
            "AWS_DEFAULT_REGION": settings.server.region,
            "AWS_ENDPOINT_URL": endpoint(settings),
        }
    for name, value in exports.items():
        print(f"export {name}={shlex.quote(value)}")


class ConfigForm(StrEnum):
    """How `config` prints."""

    table = "table"
    json = "json"
    toml = "toml"


@app.command()
def config(
    data: options.Data = None,
    config: options.ConfigFile = None,
    output: Annotated[
        ConfigForm, typer.Option("--output", "-o", help="Form of the output.")
    ] = ConfigForm.table,
) -> None:
    """Print every setting with its value, where that is from, its default and the reason for it."""
    settings = options.settings(config, data=data)
    from s3trail.cli import tables
    from s3trail.config import SETTINGS, Given

    rows = [
        (setting, settings.given.get(setting.name, Given(setting.default, "default")))
        for setting in SETTINGS.values()
        if not setting.hidden
    ]
    if output is ConfigForm.toml:
        print("\n".join(_toml(rows)))
        return
    documents = [
        {
            "name": setting.name,
            "value": given.text,
            "source": given.source,
            "default": setting.default,
            "allowed": setting.kind.allowed,
            "environment": setting.environment,
            "reason": setting.reason,
        }
        for setting, given in rows
    ]
    shown = ("name", "value", "source", "default", "reason")
    tables.show(documents, shown, options.Listing(output.value))


def _toml(rows: list[tuple[Setting, Given]]) -> list[str]:
    """A configuration file with what is in force; defaults are commented out, so that they may change."""
    import json

    lines: list[str] = []
    section = ""
    for setting, given in rows:
        head, _, name = setting.name.rpartition(".")
        if head != section:
            section = head
            lines += ["", f"[{section}]"]
        items = [item for item in given.text.split(",") if item]
        value = json.dumps(items) if setting.kind.is_list else json.dumps(given.text)
        if given.text in {"true", "false"} or given.text.isdigit():
            value = given.text
        mark = "# " if given.source == "default" else ""
        lines += [f"# {setting.reason}", f"{mark}{name} = {value}"]
    return lines


@app.command()
def verify(
    trail: Annotated[
        str | None,
        typer.Option(metavar="NAME|ARN", help="Verify the log files and digests of a trail instead."),
    ] = None,
    of_history: Annotated[
        bool, typer.Option("--history", help="Verify the Event history instead, against the journal.")
    ] = False,
    region: Annotated[
        str | None, typer.Option(metavar="REGION", help="Events of this region alone; default: all.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Begin with the digests of that time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="End there; a copy has to reach so far.")
    ] = None,
    directory: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Verify a bucket that was copied to this directory.")
    ] = None,
    public_keys: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="With --directory: what `aws cloudtrail list-public-keys` prints; may be repeated.",
        ),
    ] = None,
    data: options.Data = None,
    output: Annotated[
        options.Report, typer.Option("--output", "-o", help="Form of the output.")
    ] = options.Report.text,
) -> None:
    """Prove that no journaled record is missing or altered; exit code 1 and the place if one is.

    Reads the whole journal, beside a running server too. With --trail: prove that no log file or digest of a
    trail was changed, deleted or added, in the buckets of the data directory or in a copied bucket. With
    --history: prove that no event of the Event history was.
    """
    as_json = output is options.Report.json
    if of_history and trail is not None:
        raise typer.BadParameter("--history and --trail exclude each other")
    if trail is None:
        given = {
            "--region": region,
            "--from": since,
            "--to": until,
            "--directory": directory,
            "--public-keys": public_keys,
        }
        for flag, value in given.items():
            if value:
                raise typer.BadParameter(f"{flag} needs --trail")
        from s3trail.cli.verification import verify_journal

        if of_history:
            if not history.verify_history(options.settings(data=data), as_json=as_json):
                raise typer.Exit(1)
            return
        if not verify_journal(options.settings(data=data).data, as_json=as_json):
            raise typer.Exit(1)
        return
    from s3trail.cli.trail_verification import Question, verify_trail

    question = Question(
        trail, region, since, until, directory, tuple(public_keys or ()), options.settings(data=data).data
    )
    if not verify_trail(question, as_json=as_json):
        raise typer.Exit(1)


app.command()(records.lookup)
app.command()(records.tail)
app.add_typer(identities.user, name="user")
app.add_typer(identities.account, name="account")
app.add_typer(sessions.session, name="session")
app.add_typer(trails.trail, name="trail")
app.add_typer(selectors.selectors, name="selectors")
app.add_typer(history.views, name="views")
