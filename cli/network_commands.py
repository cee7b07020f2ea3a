"""`./hikari network …` and its options. What the commands do is imported when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import Data, Server, finish

network = typer.Typer(
    help="What the telephone network tells, by hand: to try the features.", no_args_is_help=True, rich_markup_mode=None
)

Again = Annotated[
    str | None, typer.Option("--id", help="The event's id; the same once more does nothing.", show_default=False)
]
Line = Annotated[str, typer.Argument(metavar="LINE", help="The line's contract number.", show_default=False)]
FaultId = Annotated[str, typer.Option("--fault", help="The carrier's id; a recovery has that of its fault.")]
Numbers = Annotated[
    list[str] | None, typer.Option("--number", help="A number concerned, may be repeated; all without.")
]
Extent = Annotated[str, typer.Option(help="What cannot be used.")]
Cause = Annotated[str, typer.Option(help="Why.")]

# As the contracts have them, which are imported only when a command is called.
Outcome = Literal["answered", "unanswered", "busy", "forwarded"]
Withheld = Literal["anonymous", "payphone", "unavailable"]
Condition = Literal["incoming", "busy", "no_answer", "unreachable"]
MOST_DIVERSIONS = 99


def _tell(kind: str, told: Mapping[str, object], again: str | None, server: str | None, data: Path | None) -> None:
    from cli.network import tell
    from cli.operators import NETWORK, connect

    def command() -> int:
        with connect(server, data, NETWORK) as site:
            return tell(site, kind, told, again)

    finish(command)


@network.command("call")
def network_call(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The number that was called.", show_default=False)],
    *,
    caller: Annotated[str | None, typer.Option(help="Who called; withheld without.", show_default=False)] = None,
    outcome: Annotated[Outcome, typer.Option(help="What became of it.")] = "unanswered",
    withheld: Annotated[Withheld, typer.Option(help="Why there is no caller's number.")] = "anonymous",
    again: Again = None,
    server: Server = None,
    data: Data = None,
) -> None:
    """A call came."""
    who: dict[str, object] = {"caller": caller} if caller else {"withheld": withheld}
    _tell("IncomingCall", {"number": number, "outcome": outcome, **who}, again, server, data)


@network.command("fax")
def network_fax(
    file: Annotated[Path, typer.Argument(metavar="FILE.tiff", help="The document, a TIFF.", show_default=False)],
    *,
    to: Annotated[str, typer.Option("--to", metavar="NUMBER", help="The number that it was sent to.")],
    sender: Annotated[str | None, typer.Option("--from", metavar="NUMBER", help="Who sent it.")] = None,
    again: Again = None,
    server: Server = None,
    data: Data = None,
) -> None:
    """A fax came."""
    from cli.network import fax
    from cli.operators import NETWORK, connect

    told = {"number": to, **({"caller": sender} if sender else {})}

    def command() -> int:
        with connect(server, data, NETWORK) as site:
            return fax(site, file, told, again)

    finish(command)


@network.command("fault")
def network_fault(
    line: Line,
    *,
    fault: FaultId = "fault-1",
    numbers: Numbers = None,
    extent: Extent = "電話の発信と着信",
    cause: Cause = "調査しています。",
    state: Annotated[str, typer.Option(help="How far the repair is.")] = "復旧の作業をしています。",
    again: Again = None,
    server: Server = None,
    data: Data = None,
) -> None:
    """A line, or some of its numbers, cannot be used since now."""
    from cli.network import now

    told = {"fault": fault, "line": line, "numbers": numbers or [], "extent": extent, "cause": cause}
    _tell("LineFault", {**told, "state": state, "occurred_at": now()}, again, server, data)


@network.command("recovery")
def network_recovery(
    line: Line,
    *,
    fault: FaultId = "fault-1",
    numbers: Numbers = None,
    cause: Cause = "",
    again: Again = None,
    server: Server = None,
    data: Data = None,
) -> None:
    """It can be used again since now."""
    from cli.network import now

    told = {"fault": fault, "line": line, "numbers": numbers or [], "cause": cause, "recovered_at": now()}
    _tell("LineRecovered", told, again, server, data)


@network.command("planned-work")
def network_planned_work(
    line: Line,
    *,
    fault: FaultId = "work-1",
    numbers: Numbers = None,
    begins: Annotated[int, typer.Option(metavar="HOURS", help="Hours from now to its beginning.")] = 24,
    lasts: Annotated[int, typer.Option(min=1, metavar="HOURS", help="Hours that it lasts.")] = 1,
    extent: Extent = "電話の発信と着信",
    cause: Cause = "設備の工事のためです。",
    again: Again = None,
    server: Server = None,
    data: Data = None,
) -> None:
    """It will not be usable for a while."""
    from cli.network import now

    told = {"fault": fault, "line": line, "numbers": numbers or [], "extent": extent, "cause": cause}
    period = {"begins_at": now(hours=begins), "ends_at": now(hours=begins + lasts)}
    _tell("PlannedWork", {**told, **period}, again, server, data)


@network.command("route")
def network_route(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The number that is called.", show_default=False)],
    *,
    caller: Annotated[str | None, typer.Option(help="Who calls; withheld without.", show_default=False)] = None,
    condition: Annotated[Condition, typer.Option(help="How it stands with the number.")] = "incoming",
    diversions: Annotated[
        int, typer.Option(min=0, max=MOST_DIVERSIONS, help="How often the call was forwarded already.")
    ] = 0,
    server: Server = None,
    data: Data = None,
) -> None:
    """What becomes of a call: it rings, is forwarded or refused."""
    from cli.network import ask_route
    from cli.operators import NETWORK, connect

    asked = {"number": number, "caller": caller, "condition": condition, "diversions": diversions}

    def command() -> int:
        with connect(server, data, NETWORK) as site:
            return ask_route(site, asked)

    finish(command)
