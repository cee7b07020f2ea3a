"""`./hikari network …` and its options. What the commands do is imported when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import Data, Server, finish, within, written

network = typer.Typer(
    help="What the telephone network tells, by hand: to try the features.", no_args_is_help=True, rich_markup_mode=None
)

Again = Annotated[
    str | None,
    typer.Option("--id", help="The event's id; the same once more does nothing.", show_default=False, callback=written),
]
Line = Annotated[str, typer.Argument(metavar="LINE", help="The line's contract number.", show_default=False)]
FaultId = Annotated[
    str, typer.Option("--fault", help="The carrier's id; a recovery has that of its fault.", callback=written)
]
WorkId = Annotated[
    str, typer.Option("--fault", help="The carrier's id of the work, which no recovery follows.", callback=written)
]
Numbers = Annotated[
    list[str] | None,
    typer.Option("--number", help="A number concerned, may be repeated; all without.", callback=written),
]
Extent = Annotated[str, typer.Option(help="What cannot be used.", callback=written)]
Cause = Annotated[str, typer.Option(help="Why.")]

# As the contracts have them, which are imported only when a command is called.
Outcome = Literal["answered", "unanswered", "busy", "forwarded"]
Withheld = Literal["anonymous", "payphone", "unavailable"]
Condition = Literal["incoming", "busy", "no_answer", "unreachable"]
MOST_DIVERSIONS = 99
MOST_HOURS = 365 * 24
"""Work is not planned further ahead, nor lasts longer."""


def _calling(caller: str | None) -> str | None:
    """Checked here for all commands alike: asked for a route the site takes what is no number for a withheld one, as the
    call must go on.
    """
    if written(caller) is None:
        return None
    from contracts.phone import NotAPhoneNumber
    from contracts.settings.common import normalise_caller

    try:
        return normalise_caller(caller or "")
    except NotAPhoneNumber as error:
        raise typer.BadParameter(f"{caller!r}: {error}, a foreign one with + and its country.") from None


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
    caller: Annotated[
        str | None, typer.Option(help="Who called; withheld without.", show_default=False, callback=_calling)
    ] = None,
    outcome: Annotated[Outcome, typer.Option(help="What became of it.")] = "unanswered",
    withheld: Annotated[
        Withheld | None,
        typer.Option(help="Why there is no caller's number; anonymous without.", show_default=False),
    ] = None,
    again: Again = None,
    server: Server = None,
    data: Data = None,
) -> None:
    """A call came."""
    if caller and withheld:
        raise typer.BadParameter("there is a caller's number: --caller contradicts it.", param_hint="'--withheld'")
    who: dict[str, object] = {"caller": caller} if caller else {"withheld": withheld or "anonymous"}
    _tell("IncomingCall", {"number": number, "outcome": outcome, **who}, again, server, data)


@network.command("fax")
def network_fax(
    file: Annotated[Path, typer.Argument(metavar="FILE.tiff", help="The document, a TIFF.", show_default=False)],
    *,
    to: Annotated[str, typer.Option("--to", metavar="NUMBER", help="The number that it was sent to.")],
    sender: Annotated[
        str | None, typer.Option("--from", metavar="NUMBER", help="Who sent it.", callback=_calling)
    ] = None,
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
    fault: WorkId = "work-1",
    numbers: Numbers = None,
    begins: Annotated[
        int,
        typer.Option(
            metavar="HOURS",
            help=f"Hours from now to its beginning, at most {MOST_HOURS}; less than 0 once it has begun.",
            callback=within(-MOST_HOURS, MOST_HOURS),
        ),
    ] = 24,
    lasts: Annotated[
        int,
        typer.Option(
            metavar="HOURS", help=f"Hours that it lasts, at most {MOST_HOURS}.", callback=within(1, MOST_HOURS)
        ),
    ] = 1,
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
    caller: Annotated[
        str | None, typer.Option(help="Who calls; withheld without.", show_default=False, callback=_calling)
    ] = None,
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
