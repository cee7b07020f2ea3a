"""Typed remote procedures over nameko: a provider is a `Service` with `@rpc` methods, a caller has a `Client`.

Every call has a deadline, carries the origin, seals its secrets and is answered by a model or a typed refusal.
"""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast, overload

from eventlet import Timeout, spawn
from kombu.exceptions import KombuError, OperationalError
from nameko.amqp.publish import Publisher, UndeliverableMessage
from nameko.constants import DEFAULT_TRANSPORT_OPTIONS
from nameko.extensions import DependencyProvider, register_entrypoint
from nameko.messaging import QueueConsumer
from nameko.rpc import ReplyListener, Responder, Rpc, RpcConsumer, get_rpc_exchange

from chassis.keys import parse_key
from chassis.telemetry import log, rpc_seconds
from chassis.transit import TransitKey
from chassis.uses import Uses
from chassis.wire import BadRequest, Remote, RemoteFailure, Signature, TransitKeyIs, answer
from contracts.base import Message, Nothing, Unavailable

__all__ = ["BadRequest", "Client", "LocalClient", "RemoteFailure", "Service", "Uses", "rpc"]

A = TypeVar("A")
S = TypeVar("S")
Request = TypeVar("Request", bound=Message)
Reply = TypeVar("Reply", bound=Message)

TRANSIENT = 1
"""AMQP delivery mode: not written to disk. A request is worthless after its deadline."""


RECONNECTING = {"interval_start": 0.2, "interval_step": 0.2, "interval_max": 1.0}
"""Seconds between tries. kombu's own grow to half a minute, in which the broker would be back and nobody there."""


class Consuming(QueueConsumer):
    """Finds a broker that was away soon after it is back, and can be stopped while it is away.

    Stops at once over the embedded broker, where kombu would sleep out its second before it looks.
    """

    _connection: Any = None
    _pending_remove_providers: dict[Any, Any]

    @contextmanager
    def establish_connection(self) -> Iterator[Any]:
        with self.create_connection() as connection:
            connection.ensure_connection(self.on_connection_error, **RECONNECTING)
            yield connection

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        """Before the next try: whoever wants to stop need not wait for the broker to come back."""
        log.warning("broker away", reason=str(exc))
        asked, self._pending_remove_providers = self._pending_remove_providers, {}
        for provider, removed in asked.items():
            self._consumers.pop(provider, None)
            removed.send()
        if asked and not self._consumers:
            self.should_stop = True
        if self.should_stop:
            raise ConnectionAbortedError

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **options: Any) -> None:
        self._connection = connection
        super().on_consume_ready(connection, channel, consumers, **options)

    def unregister_provider(self, provider: Any) -> None:
        wake = getattr(getattr(self._connection, "transport", None), "wake", None)
        if wake is not None:
            spawn(wake)  # after the request to stop was noted, which is what super() does before it waits
        super().unregister_provider(provider)


class _Replies(ReplyListener):
    queue_consumer = Consuming()


class _Replying(Publisher):  # type: ignore[misc, unused-ignore]
    delivery_mode = TRANSIENT
    use_confirms = False  # a lost reply is a missed deadline, which the caller handles anyway
    transport_options: ClassVar[dict[str, Any]] = dict(DEFAULT_TRANSPORT_OPTIONS)


class _Responder(Responder):
    publisher_cls = _Replying


class _Requests(RpcConsumer):
    queue_consumer = Consuming()

    def setup(self) -> None:
        """A quorum queue where it is asked for: a cluster then keeps taking requests when a broker is gone."""
        super().setup()
        kind = self.container.config["HIKARI"].get("HIKARI_RPC_QUEUES", "classic")
        if kind != "classic":
            self.queue.queue_arguments = {"x-queue-type": kind}

    def handle_result(self, message: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        """Reply, then acknowledge. A broker that is away must not take the service down with it."""
        config = self.container.config
        responder = _Responder(config["AMQP_URI"], get_rpc_exchange(config), "json", message)
        try:
            result, exc_info = responder.send_response(result, exc_info)
        except (KombuError, OSError):
            log.exception("reply could not be sent")
        self.queue_consumer.ack_message(message)
        return result, exc_info


class _Entrypoint(Rpc):
    rpc_consumer = _Requests()

    def setup(self) -> None:
        if not issubclass(self.container.service_cls, Service):
            raise TypeError(f"{self.container.service_cls.__name__} has remote procedures and must be a Service")
        super().setup()


def rpc(method: Callable[[S, Request], Reply]) -> Callable[[S, Request], Reply]:
    """Make the method a remote procedure. Called directly with a model it stays an ordinary method."""

    @functools.wraps(method)
    def entry(self: Any, message: Any) -> Any:
        if isinstance(message, Message):
            return method(self, cast("Request", message))
        return serve(self, method, message, self.receiver)

    register_entrypoint(entry, _Entrypoint())
    return cast("Callable[[S, Request], Reply]", entry)


@functools.cache
def _signature(method: Callable[..., Any]) -> Signature:
    return Signature.of(method)


def serve(service: Any, method: Callable[..., Any], payload: Any, key: TransitKey) -> dict[str, Any]:
    """Answer one request as it came over the wire, and count it."""
    method = getattr(method, "__wrapped__", method)
    name = service.name
    with rpc_seconds(name, method.__name__) as measured:
        reply, measured.outcome = answer(
            f"{name}.{method.__name__}", _signature(method), functools.partial(method, service), payload, key
        )
    return reply


class _Receiver(DependencyProvider):
    """The key that opens what callers seal for this service."""

    key: TransitKey

    def setup(self) -> None:
        master = parse_key(self.container.config["HIKARI"]["HIKARI_KEY"])
        self.key = TransitKey.derived(master, self.container.service_name)

    def get_dependency(self, worker_ctx: Any) -> TransitKey:
        return self.key


class _Vitals(DependencyProvider):
    """Asks every application of the service whether it could do its work (`check()`, which raises where it could not)."""

    def get_dependency(self, worker_ctx: Any) -> Callable[[], None]:
        return self._check

    def _check(self) -> None:
        for part in self.container.dependencies:
            check = getattr(part.application, "check", None) if isinstance(part, Uses) else None
            if check is not None:
                check()


class Service:
    """What every provider answers besides its own procedures."""

    name: ClassVar[str]
    receiver = _Receiver()
    vitals = _Vitals()

    @rpc
    def transit_key(self, request: Nothing) -> TransitKeyIs:
        """The public key to seal secrets to."""
        return TransitKeyIs(public=cast("TransitKey", self.receiver).public)

    @rpc
    def alive(self, request: Nothing) -> Nothing:
        """Nothing, which shows that this service takes requests, reaches its store, and answers."""
        cast("Callable[[], None]", self.vitals)()
        return request


class _Requesting(Publisher):  # type: ignore[misc, unused-ignore]
    delivery_mode = TRANSIENT
    mandatory = True  # with confirms a service that nobody runs is told at once
    transport_options: ClassVar[dict[str, Any]] = dict(DEFAULT_TRANSPORT_OPTIONS)


class Client(DependencyProvider, Generic[A]):
    """Remote procedures of `service` as methods of `api`.

    A call ends within `timeout` seconds (`timeouts` by method), with the reply, a typed refusal, `Unavailable` or
    `RemoteFailure`. The same object serves workers and the service's own background threads.
    """

    replies = _Replies()

    def __init__(
        self, service: str, api: type[A], timeout: float = 5.0, timeouts: Mapping[str, float] | None = None
    ) -> None:
        self.service = service
        self._publisher: Any = None
        remote = Remote(service, api, self._exchange, TransitKey.throwaway(), timeout, timeouts or {})
        self.remote = cast("A", remote)

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Client[A]: ...
        @overload
        def __get__(self, instance: object, owner: type) -> A: ...
        def __get__(self, instance: object | None, owner: type) -> Client[A] | A: ...

    def bind(self, container: Any, attr_name: str = "") -> Any:
        """Bound as a dependency by its name, or as a part of `Uses` without one."""
        return super().bind(container, attr_name)

    def setup(self) -> None:
        config = self.container.config
        self._publisher = _Requesting(config["AMQP_URI"], exchange=get_rpc_exchange(config), serializer="json")

    def get_dependency(self, worker_ctx: Any) -> A:
        return self.remote

    def _exchange(self, method: str, payload: dict[str, Any], seconds: float) -> dict[str, Any]:
        call_id = str(uuid.uuid4())
        missed = Timeout(max(seconds, 0.001))
        try:
            answered = self.replies.get_reply_event(call_id)
            self._publisher.publish(
                {"args": [payload], "kwargs": {}},
                routing_key=f"{self.service}.{method}",
                reply_to=self.replies.routing_key,
                correlation_id=call_id,
                expiration=seconds,
            )
            body = answered.wait()
        except Timeout as timeout:
            if timeout is not missed:
                raise
            raise Unavailable(self.service) from None
        except (UndeliverableMessage, OperationalError, OSError) as error:
            raise Unavailable(self.service) from error
        finally:
            missed.cancel()
            self.replies._reply_events.pop(call_id, None)  # a reply that comes after all finds nobody and is dropped
        if body.get("error"):
            raise RemoteFailure(f"{self.service}.{method}", body["error"]["exc_type"])
        return cast("dict[str, Any]", body["result"])


def LocalClient(service: Any, api: type[A]) -> A:  # noqa: N802  # it stands where a Client stands
    """The service's procedures without a broker: same models, same sealing, same refusals, same wire text."""
    key = TransitKey.throwaway()

    def exchange(method: str, payload: dict[str, Any], _seconds: float) -> dict[str, Any]:
        if method == "transit_key":
            return {"ok": {"public": key.public}}
        wire = json.loads(json.dumps(payload))
        return cast("dict[str, Any]", json.loads(json.dumps(serve(service, getattr(type(service), method), wire, key))))

    return cast("A", Remote(service.name, api, exchange, TransitKey.throwaway(), timeout=30.0, timeouts={}))
