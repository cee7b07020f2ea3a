"""What every message, refusal and public event has in common."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, SerializationInfo, ValidationInfo
from pydantic_core import CoreSchema, core_schema


class Secret:
    """A value that must not be read on its way: a password, a digit string, a client address.

    It prints as stars. It can be written into a message only by the RPC layer, which passes `seal` in the
    serialisation context, and read only by the receiver, which passes `open` in the validation context (AUDIT-2).
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The clear text. Keep it in a local variable and let it go."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('**********')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: object, info: ValidationInfo) -> Secret:
            if isinstance(value, Secret):
                return value
            if not isinstance(value, str):
                raise ValueError("a secret is text")
            opener = (info.context or {}).get("open")
            return Secret(opener(value) if opener else value)

        def write(value: Secret, info: SerializationInfo) -> str:
            sealer = (info.context or {}).get("seal")
            return str(sealer(value.reveal())) if sealer else "**********"

        return core_schema.with_info_plain_validator_function(
            read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                write, info_arg=True, return_schema=core_schema.str_schema()
            ),
        )


class Message(BaseModel):
    """A value that crosses services: immutable, and unknown fields are ignored so that data may grow."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Nothing(Message):
    """The reply of a command that has nothing to tell, and the request of a query that needs nothing."""


class Refusal(Exception):
    """An expected no. It crosses the wire by its class name, with its details, and is raised again at the caller."""

    _by_name: ClassVar[dict[str, type[Refusal]]] = {}

    class Details(Message):
        """What the refused one may know."""

    details: Any
    """An instance of the class's own `Details`; each refusal that has some names its type."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__name__ in Refusal._by_name:
            raise TypeError(f"two refusals are named {cls.__name__}")
        Refusal._by_name[cls.__name__] = cls

    def __init__(self, **details: Any) -> None:
        self.details = type(self).Details(**details)
        super().__init__(str(self.details))

    def as_wire(self) -> dict[str, Any]:
        """`{"name": …, "details": {…}}`, JSON-ready."""
        return {"name": type(self).__name__, "details": self.details.model_dump(mode="json")}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> Refusal:
        """The refusal that `as_wire` wrote. A name that this process does not know is `UnknownRefusal`."""
        known = cls._by_name.get(wire["name"])
        return known(**wire["details"]) if known else UnknownRefusal(name=wire["name"])


class UnknownRefusal(Refusal):
    """The other side refused with a name that we have not learnt yet (it is newer)."""

    class Details(Message):
        name: str

    details: Details


class Busy(Refusal):
    """Too much is waiting already. Nothing was done; try again after `retry_after` seconds."""

    class Details(Message):
        retry_after: int = 1

    details: Details


class Unavailable(Exception):
    """A service did not answer within the deadline. What was asked may or may not have been done."""

    def __init__(self, service: str) -> None:
        self.service = service
        super().__init__(f"{service} did not answer in time")


class Role(StrEnum):
    """In what quality someone acts."""

    SUBSCRIBER = "subscriber"
    ADMINISTRATOR = "administrator"
    USER = "user"
    OPERATOR = "operator"
    SYSTEM = "system"


class Channel(StrEnum):
    """The way by which someone reached us."""

    WEB = "web"
    IVR = "ivr"
    BULK = "bulk"
    OPS = "ops"
    NETWORK = "network"
    SYSTEM = "system"


class Origin(Message):
    """Where a request came from. It travels beside every message; the receiver stamps it on what it records (AUDIT-1)."""

    channel: Channel = Channel.SYSTEM
    correlation_id: str = ""
    """32 hexadecimal digits: a W3C trace id, the same through all services for one request from outside."""
    request_id: str | None = None
    address: Secret | None = None
    """The client's network address; personal data, sealed wherever it is kept."""
    address_token: str | None = None
    """A keyed digest of the address that changes daily."""
    operator: str | None = None
    """Who the operator is, on channel `ops`."""


class Actor(Message):
    """Who did it, as public events tell it."""

    number: str | None = None
    role: Role = Role.SYSTEM


NOT_TOLD = "NotTold"
"""The name under which a service tells that there is an event that it cannot tell; never to the world outside."""


class Envelope(Message):
    """A public event: CloudEvents 1.0 attributes in structured JSON form (EVENT-2)."""

    specversion: str = "1.0"
    id: str
    type: str
    """`hikari.<service>.<Name>.v<version>`"""
    source: str
    """`/services/<service>`"""
    subject: str | None
    """The phone number or line concerned; null when it was erased or never ours."""
    time: datetime
    sequence: str
    """Position in the service's history, 20 digits, so that text order is order."""
    partitionkey: str | None
    """The contract number: order holds within it."""
    traceparent: str | None = None
    datacontenttype: str = "application/json"
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """The event's name: `CredentialLocked`."""
        return self.type.split(".")[2]

    @property
    def is_told(self) -> bool:
        """False where its service could not tell it; `data` has the kind of error as `reason`."""
        return self.name != NOT_TOLD

    @property
    def service(self) -> str:
        """The service that published it."""
        return self.source.rsplit("/", 1)[-1]

    @property
    def position(self) -> int:
        """`sequence` as a number."""
        return int(self.sequence)


class HistoryQuery(Message):
    """The events that one service tells after a position (exclusive), in order, `limit` at most."""

    after: int = 0
    limit: int = 100
    public_only: bool = False
    """Without what services tell only each other; the catalogue's events then."""


class HistoryPage(Message):
    """`events` in order; `until` is the last position looked at (it moves on although an entry has no public event)."""

    events: tuple[Envelope, ...]
    until: int


class ParkedEvent(Message):
    """An event whose effect on `service` failed again and again, or that waits behind such a one of its line."""

    service: str
    """The service that follows."""
    source: str
    """The service whose event it is."""
    position: int
    id: str
    kind: str
    """The event's name, like `CredentialLocked`."""
    line: str | None
    tries: int
    """How often it failed; 0 where it only waits."""
    reason: str | None
    """The kind of error; the log of the service has more."""
    parked_at: datetime


class ParkedEvents(Message):
    """The first of them for each source; `count` is how many there are."""

    events: tuple[ParkedEvent, ...]
    count: int


class TakenUp(Message):
    """How many parked events were taken up, and how many are left."""

    done: int
    left: int


class FollowingApi(Protocol):
    """What every service answers that follows others."""

    def parked_events(self, request: Nothing) -> ParkedEvents: ...
    def retry_parked(self, request: Nothing) -> TakenUp: ...
