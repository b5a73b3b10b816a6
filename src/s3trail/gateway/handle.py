"""The life of a request, as the ordered steps of `Gateway.serve`.

identify → authenticate → authorize → receive and parse → execute → render and capture → answer. A step that
fails ends the call with an error,
and the call is captured with what is known by then. The answer leaves when the records are durable (promise
1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from email.utils import formatdate
from time import perf_counter

from s3trail import observe
from s3trail.audit.facts import fact
from s3trail.gateway.address import Addresses
from s3trail.gateway.authenticate import Authenticator, Identified
from s3trail.gateway.authorize import authorize
from s3trail.gateway.capture import Capture, Progress
from s3trail.gateway.connection import Connection, Incoming, Meter, head
from s3trail.gateway.cross_origin import answer_headers, preflight_headers
from s3trail.gateway.journaling import Journaling
from s3trail.gateway.operational import PREFIX, Operational
from s3trail.gateway.receive import receive_document, receive_payload
from s3trail.gateway.works import Change, Recorded, fault_of
from s3trail.journal.committer import Committer
from s3trail.kernel.call import Call
from s3trail.kernel.caller import ANONYMOUS
from s3trail.kernel.clock import Clock
from s3trail.kernel.errors import (
    AuditUnavailable,
    AwsError,
    ClientDisconnected,
    NotImplementedByServer,
    ObjectChanged,
    StorageUnavailable,
)
from s3trail.kernel.ids import Ids
from s3trail.kernel.operation import ByteSink, ByteSource, Operation, Result
from s3trail.observe import Metrics
from s3trail.state.environment import Environment, Tx
from s3trail.state.objects.buckets import Bucket
from s3trail.wire.auth.claim import read_claim
from s3trail.wire.auth.payload import BodyDecoder
from s3trail.wire.errors import render_error
from s3trail.wire.http import Response
from s3trail.wire.locate import Located, locate, needs_body
from s3trail.wire.models import SERVICES
from s3trail.wire.service import WireOperation, service

__all__ = ["Gateway", "GatewaySettings"]

_INLINE = 256 * 1024
"""Answers up to this size are read at once and sent in one piece."""
_BLOCK = 1 << 20
_PREFLIGHT = "PreflightRequest"
_GLOBAL = {"iam": "us-east-1"}
"""Services without regions, and where their events are recorded (CloudTrail User Guide, "Global service
events")."""
DISK_LOW = "The disk that holds the journal is nearly full; nothing is changed until there is space again."


class SlowDown(AwsError):
    """More requests than this process takes at once."""

    code = "SlowDown"
    status = 503
    message = "Please reduce your request rate."


_ATTEMPTS = 5
"""How often a read is begun anew when its object was replaced between look-up and open."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What the gateway needs to know of the configuration."""

    domains: tuple[str, ...]
    """Base domains of virtual-host style addresses."""
    default_region: str
    """Region of requests that carry no credential scope."""
    record_authentication_failures: bool = True
    wait_for_reads: bool = True
    """False with `audit.durability = async`: answers of reads leave before their record is durable."""
    document_limit: int = 4 << 20
    """Longest body, in bytes, of a request whose body is a document and not a payload."""
    requests: int = 1024
    """Requests under way at once."""


class Gateway:
    """Serves requests.

    Args:
        operations: every operation there is, by service and name.
        blocking: those of them that may wait, and so run in the pool.
        pool: threads for disk and for blocking operations.
    """

    def __init__(
        self,
        *,
        settings: GatewaySettings,
        environment: Environment,
        committer: Committer,
        journaling: Journaling,
        operations: Mapping[tuple[str, str], Operation],
        blocking: frozenset[tuple[str, str]],
        authenticator: Authenticator,
        addresses: Addresses,
        capture: Capture,
        clock: Clock,
        ids: Ids,
        pool: Executor,
        metrics: Metrics,
        operational: Operational,
        disk_low: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._committer = committer
        self._journaling = journaling
        self._operations = operations
        self._blocking = blocking
        self._authenticator = authenticator
        self._addresses = addresses
        self._capture = capture
        self._clock = clock
        self._ids = ids
        self._pool = pool
        self._metrics = metrics
        self._operational = operational
        self._disk_low = disk_low
        self._under_way = 0
        self._refuse_changes = False

    def tick(self) -> None:
        """Look at the disk; called every second or so."""
        self._refuse_changes = self._disk_low()

    # -- the steps
    # ---------------------------------------------------------------------------------------------------

    async def serve(self, incoming: Incoming) -> None:
        """Serve one request: every outcome is answered and recorded."""
        if incoming.request.path.startswith(PREFIX):
            self._operational.answer(incoming)
            return
        began = perf_counter()
        identified, progress = self._identify(incoming)
        self._under_way += 1
        try:
            if self._under_way > self._settings.requests:
                raise SlowDown
            response = await self._carry_out(incoming, identified, progress)
        except AuditUnavailable as error:
            response = self._refuse(progress, error)
        except ClientDisconnected as error:
            # Nobody is left to answer, but the record says what happened.
            response = await self._fail(progress, error)
        except AwsError as error:
            response = await self._fail(progress, error)
        except Exception as fault:  # noqa: BLE001 - any fault is an answer and a record
            response = await self._fail(progress, fault_of(progress, fault))
        finally:
            self._under_way -= 1
        if response is not None:
            self._send(incoming, progress, response)
        self._metrics.request(
            progress.call.service,
            progress.call.operation,
            response.status if response is not None else 200,
            perf_counter() - began,
            progress.bytes_in or incoming.received,
            incoming.connection.sent,
        )
        incoming.connection.sent = 0

    def _identify(self, incoming: Incoming) -> tuple[Identified, Progress]:
        """Name service, operation and claimed key, before anything is believed."""
        request = incoming.request
        claim = None
        failure: AwsError | None = None
        try:
            claim = read_claim(request)
        except AwsError as error:
            failure = error
        try:
            located = locate(request, claim.service if claim else "", self._settings.domains)
        except AwsError as error:
            located, failure = Located("s3", "", {}, "rest-xml"), failure or error
        identified = Identified(request, claim, located, failure)
        progress = Progress(
            self._call(incoming, identified),
            headers=request.headers,
            query=request.query,
            params=dict(located.labels),
            protocol=located.protocol,
            head=request.method == "HEAD",
        )
        return identified, progress

    def _call(self, incoming: Incoming, identified: Identified) -> Call:
        request, claim, located = identified.request, identified.claim, identified.located
        s3 = located.service == "s3"
        return Call(
            request_id=self._ids.request_id() if s3 else self._ids.event_id(),
            host_id=self._ids.host_id() if s3 else "",
            service=located.service,
            operation=located.operation,
            region=_GLOBAL.get(located.service)
            or (claim.region if claim else "")
            or self._settings.default_region,
            time=incoming.time,
            source_ip=self._addresses.client(incoming.connection.peer, request.headers),
            user_agent=request.headers.get("user-agent", ""),
            host=request.headers.get("host", ""),
            caller=identified.unknown_caller() if claim or identified.failure else ANONYMOUS,
            tls=incoming.connection.tls,
        )

    async def _carry_out(
        self, incoming: Incoming, identified: Identified, progress: Progress
    ) -> Response | None:
        """Everything between identify and the answer. None: the answer was streamed and is on its way."""
        located = identified.located
        if located.service != "s3" or (not located.operation and _named_by_body(identified)):
            # Their signature covers the body's hash, or the body names them, so that the body comes first.
            progress.body = await receive_document(incoming, None, progress, self._settings.document_limit)
            if not located.operation:
                identified = self._locate_by_body(identified, progress, incoming)
                located = identified.located
        if located.operation == _PREFLIGHT:
            return await self._preflight(identified, progress)
        result: Result | None = None
        sink: ByteSink | None = None
        has_body = (
            "transfer-encoding" in progress.headers or progress.headers.get("content-length", "0") != "0"
        )
        request = incoming.request
        with self._environment.read() as tx:
            bucket = self._authenticate(tx, identified, progress)
            known = self._operations.get((located.service, located.operation))
            # What a document asks for is only known once it is here.
            waits = located.service == "s3" and has_body and known is not None and known.receive is None
            if not waits:
                if known is not None and progress.wire is not None:
                    progress.params = progress.wire.parse(request, located.labels, progress.body)
                authorize(tx, progress, located, bucket)
            operation = self._operation(progress)
            if operation.writes and self._refuse_changes:
                raise StorageUnavailable(DISK_LOW)
            assert progress.wire is not None
            if operation.receive is not None:
                decoder = identified.decoder()
                sink = operation.receive(tx, progress.call, progress.params, decoder.decoded_length)
            elif not (waits or operation.writes or (operation.service, operation.name) in self._blocking):
                result = self._run(tx, operation, progress)
        if sink is not None:
            return await self._upload(incoming, decoder, progress, operation, sink)
        if waits:
            progress.body = await receive_document(
                incoming, identified.decoder(), progress, self._settings.document_limit
            )
            progress.params = progress.wire.parse(request, located.labels, progress.body)
            with self._environment.read() as tx:
                authorize(tx, progress, located, self._authenticator.bucket(tx, located))
        progress.arrived = incoming.finished_at
        if operation.writes:
            return await self._change(progress, operation)
        if result is None:
            result = await self._read(operation, progress)
        return await self._answer(incoming, progress, result)

    def _locate_by_body(self, identified: Identified, progress: Progress, incoming: Incoming) -> Identified:
        """The query protocol names its operation in the body."""
        scope = identified.claim.service if identified.claim else ""
        located = locate(identified.request, scope, self._settings.domains, progress.body)
        found = Identified(identified.request, identified.claim, located, identified.failure)
        progress.call = self._call(incoming, found)
        progress.params = dict(located.labels)
        progress.protocol = located.protocol
        return found

    def _authenticate(self, tx: Tx, identified: Identified, progress: Progress) -> Bucket | None:
        """Find out who calls; gives the addressed bucket. Raises what refuses the caller."""
        located = identified.located
        bucket = self._authenticator.bucket(tx, located)
        if bucket is not None:
            progress.bucket_account = bucket.account_id
            if "origin" in progress.headers:
                request = identified.request
                progress.answer_headers = answer_headers(
                    tx, bucket, request.headers["origin"], request.method
                )
        progress.wire = _wire(located)
        try:
            progress.call = self._authenticator.authenticate(tx, identified, progress, bucket)
        except AwsError:
            progress.recorded = self._settings.record_authentication_failures
            raise
        return bucket

    async def _preflight(self, identified: Identified, progress: Progress) -> Response:
        """Answer a browser that asks whether it may call; it never signs, and needs no permission."""
        progress.call = progress.call._replace(caller=ANONYMOUS)
        with self._environment.read() as tx:
            bucket = self._authenticator.bucket(tx, identified.located)
            if bucket is not None:
                progress.bucket_account = bucket.account_id
            response = Response(200, list(preflight_headers(tx, bucket, progress.headers)))
        records = self._capture.records(progress, {}, None, response, details={}, size=None, sent=None)
        await self._journal(records)
        return response

    def _operation(self, progress: Progress) -> Operation:
        call = progress.call
        found = self._operations.get((call.service, call.operation))
        if found is None or progress.wire is None:
            raise _unknown(call)
        return found

    # -- execute
    # -----------------------------------------------------------------------------------------------------

    def _run(self, tx: Tx, operation: Operation, progress: Progress) -> Result:
        for _ in range(_ATTEMPTS):
            try:
                return operation.run(tx, progress.call, progress.params)
            except ObjectChanged:
                # This snapshot is older than the replacement; a new one isn't.
                with self._environment.read() as newer:
                    try:
                        return operation.run(newer, progress.call, progress.params)
                    except ObjectChanged:
                        continue
        raise ObjectChanged

    async def _read(self, operation: Operation, progress: Progress) -> Result:
        if (operation.service, operation.name) not in self._blocking:
            with self._environment.read() as tx:
                return self._run(tx, operation, progress)

        def run() -> Result:
            with self._environment.read() as tx:
                return operation.run(tx, progress.call, progress.params)

        return await asyncio.get_running_loop().run_in_executor(self._pool, run)

    async def _upload(
        self,
        incoming: Incoming,
        decoder: BodyDecoder,
        progress: Progress,
        operation: Operation,
        sink: ByteSink,
    ) -> Response:
        committed = False
        try:
            await receive_payload(incoming, decoder, sink, progress, self._pool)
            progress.arrived = incoming.finished_at
            progress.params["Body"] = sink
            durable = asyncio.get_running_loop().create_future()
            change = Change(operation, progress, self._capture, durable, sink)
            response = await self._commit(change)
            committed = change.error is None
            return response
        finally:
            if not committed:
                sink.discard()

    async def _change(self, progress: Progress, operation: Operation) -> Response:
        return await self._commit(
            Change(operation, progress, self._capture, asyncio.get_running_loop().create_future())
        )

    async def _commit(self, change: Change) -> Response:
        self._committer.submit(change)
        assert change.durable is not None
        await change.durable
        assert change.response is not None
        return change.response

    # -- answer
    # ------------------------------------------------------------------------------------------------------

    async def _answer(self, incoming: Incoming, progress: Progress, result: Result) -> Response | None:
        """Answer a read. A small body waits for its record; the last block of a large one does."""
        body = result.get("Body")
        if body is not None and not isinstance(body, bytes) and not progress.head:
            if body.length > _INLINE:
                await self._stream(incoming, progress, result, body)
                return None
            try:
                result = {**result, "Body": body.read(body.length) if body.length else b""}
            finally:
                body.close()
        response, records = self._capture.finish(progress, result, None)
        await self._journal(records)
        return response

    async def _fail(self, progress: Progress, error: AwsError) -> Response:
        response, records = self._capture.finish(progress, None, error)
        try:
            await self._journal(records)
        except AuditUnavailable as unavailable:
            return self._refuse(progress, unavailable)
        return response

    def _refuse(self, progress: Progress, error: AuditUnavailable) -> Response:
        call = progress.call
        response = render_error(
            call.service,
            error,
            request_id=call.request_id,
            host_id=call.host_id,
            head=progress.head,
            protocol=progress.protocol,
        )
        response.headers.append(("Retry-After", "1"))
        return response

    async def _journal(self, records: list[bytes]) -> None:
        if records:
            recorded = Recorded(records, asyncio.get_running_loop())
            self._journaling.submit(recorded)
            if self._settings.wait_for_reads:
                await recorded.durable
            else:
                recorded.durable.add_done_callback(_seen)

    async def _stream(
        self, incoming: Incoming, progress: Progress, result: Result, source: ByteSource
    ) -> None:
        """Send a large body block by block.

        Its record is made when all but the last block is out, or when the client broke off.
        """
        connection, loop = incoming.connection, asyncio.get_running_loop()
        assert progress.wire is not None
        response = progress.wire.render(result, progress.call.request_id, progress.protocol)
        response.headers.extend(progress.answer_headers)
        size = result.get("_object_size")
        sent = 0
        journaled = False

        async def journal(really: int) -> None:
            await self._journal(
                self._capture.records(progress, result, None, response, details={}, size=size, sent=really)
            )

        meter = Meter(connection)
        first = self._head(progress, response, source.length, incoming.conclude())
        try:
            block = await loop.run_in_executor(self._pool, source.read, _BLOCK)
            while block:
                following = await loop.run_in_executor(self._pool, source.read, _BLOCK)
                if not following:
                    break
                await connection.drained()
                connection.write_all([first, block] if not sent else [block])
                sent += len(block)
                block = following
            await connection.drained()
            if sent + len(block) != source.length:
                raise OSError("the object's bytes ended early")
            await journal(source.length)
            journaled = True
            connection.write_all([block] if sent else [first, block])
            await connection.drained()
        except ClientDisconnected:
            if not journaled:
                await journal(max(0, meter.acknowledged() - len(first)))
        except (AwsError, OSError) as error:
            if not sent:
                raise
            # The head is out, so the only honest answer left is a broken connection.
            observe.error("answer.broken_off", error, request_id=progress.call.request_id)
            connection.abort()
            if not isinstance(error, AuditUnavailable):
                await journal(sent)
        finally:
            meter.close()
            source.close()

    def _send(self, incoming: Incoming, progress: Progress, response: Response) -> None:
        body = response.body
        if not isinstance(body, bytes):
            # A HEAD answer: the length is told, the bytes aren't sent.
            length = body.length
            body.close()
            body = b""
        else:
            length = len(body)
        data = self._head(progress, response, length, incoming.conclude())
        if body and not progress.head:
            incoming.connection.write_all([data, body])
        else:
            incoming.connection.write(data)

    def _head(self, progress: Progress, response: Response, length: int, keep_alive: bool) -> bytes:
        call = progress.call
        if call.host_id:
            headers = [("x-amz-id-2", call.host_id), ("x-amz-request-id", call.request_id)]
        else:
            headers = [("x-amzn-RequestId", call.request_id)]
        headers += [("Date", _http_date(self._clock.now())), ("Server", "s3trail")]
        headers += response.headers
        if response.status not in (204, 304) and not any(
            name == "Content-Length" for name, _ in response.headers
        ):
            headers.append(("Content-Length", str(length)))
        if not keep_alive:
            headers.append(("Connection", "close"))
        return head(response.status, headers)

    # -- what isn't a request
    # ----------------------------------------------------------------------------------------

    async def malformed(self, connection: Connection, reason: str) -> None:
        """Answer and record bytes that are no HTTP request."""
        call = Call(
            request_id=self._ids.request_id(),
            host_id=self._ids.host_id(),
            service="s3",
            operation="",
            region=self._settings.default_region,
            time=self._clock.now(),
            source_ip=connection.peer,
        )
        progress = Progress(call)
        response = await self._fail(
            progress,
            AwsError(f"The request isn't valid HTTP: {reason}", code="BadRequest", status=400),
        )
        assert isinstance(response.body, bytes)
        connection.write(self._head(progress, response, len(response.body), keep_alive=False) + response.body)


def _seen(future: asyncio.Future[None]) -> None:
    """Without waiting, a failed commit still shows in health and metrics; here it is only taken note of."""
    if not future.cancelled():
        future.exception()


def _named_by_body(identified: Identified) -> bool:
    """Whether this may be an unsigned call of the query protocol, such as AssumeRoleWithWebIdentity."""
    return needs_body(identified.request, identified.claim.service if identified.claim else "")


def _wire(located: Located) -> WireOperation | None:
    if located.service not in SERVICES:
        return None
    known = service(located.service)
    return known.operation(located.operation) if located.operation in known.operation_names else None


def _unknown(call: Call) -> AwsError:
    if call.service == "s3":
        if not call.operation:
            return AwsError(
                "The specified method is not allowed against this resource.",
                code="MethodNotAllowed",
                status=405,
            )
        return NotImplementedByServer(
            f"{fact('s3', call.operation).event_name} is not implemented by this server"
        )
    return AwsError(
        f"The operation {call.operation or 'that was named'} is not known to this server",
        code="UnknownOperationException",
        status=400,
    )


_date: tuple[int, str] = (0, "")


def _http_date(now: float) -> str:
    global _date
    second = int(now)
    if _date[0] != second:
        _date = (second, formatdate(second, usegmt=True))
    return _date[1]
