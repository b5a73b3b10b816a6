"""What a start does before anything serves: the first account, and what a crash left behind.

It runs in a process of its own that ends with it, so that the supervisor, which lives as long as the
server, never
loads what this needs.
"""

from __future__ import annotations

import os
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext
from pathlib import Path

__all__ = ["RootKey", "StartError", "prepare"]

RootKey = tuple[str, str]
"""Id and secret of an access key."""


class StartError(Exception):
    """The server can't start; the message says why."""


def prepare(context: ForkContext, data: Path) -> RootKey | None:
    """Make the data directory ready; gives the root key if this has made the first account.

    Raises:
        StartError: the journal can't be opened, or the master key doesn't fit.
    """
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_prepare, args=(data, theirs), name="preparation")
    process.start()
    theirs.close()
    try:
        problem, root_key = ours.recv()
    except EOFError:
        problem, root_key = "the preparation of the data directory died", None
    process.join()
    ours.close()
    if problem:
        raise StartError(problem)
    found: RootKey | None = root_key
    return found


def _prepare(data: Path, answer: Connection) -> None:
    from s3trail.kernel.clock import SystemClock
    from s3trail.kernel.errors import AwsError
    from s3trail.kernel.ids import RandomIds
    from s3trail.state.config import identities, secrets
    from s3trail.state.environment import Environment
    from s3trail.state.objects import ownership, packs
    from s3trail.state.objects.files import Files

    try:
        environment = Environment(data)
        made = identities.first_start(
            environment, secrets.load_or_make(data, os.environ), RandomIds(), SystemClock()
        )
        # Nothing else runs yet, so every file whose transaction is open is a leftover.
        files = Files(data)
        ownership.sweep(environment, files)
        ownership.collect_garbage(environment, files)
        packs.sweep_packs(environment, files.packs)
        environment.close()
    except AwsError as error:
        answer.send((error.message, None))
    except (secrets.SecretsError, OSError) as error:
        answer.send((str(error), None))
    else:
        answer.send(("", (made.access_key.key_id, made.secret) if made is not None else None))
