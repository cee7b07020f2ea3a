"""The commands and their options. What they do is imported when they are called, so that `--help` answers at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.network_commands import network
from cli.options import Data, Server, finish, written
from cli.usage import Commands

HELP = """\
The settings site of an IP telephony carrier: its subscribers' passwords, logins and features.

\b
Start it         ./hikari run       in one process, or ./hikari up over RabbitMQ and PostgreSQL
Try it out       open the address it prints: set a temporary password on the telephone page, then log in with it
Operate it       ./hikari provision lines.csv      ./hikari audit list --since 2h      ./hikari events parked
Work on it       ./hikari test                     CONTRIBUTING.md tells more

provision, audit, events, network and otp are clients of a running site. They find it at --server, else where the site
on the folder of --data runs, else at HIKARI_BASE_URL, else where the one on the data folder (HIKARI_DATA, else .hikari
where you stand) runs. Their token comes from HIKARI_OPS_TOKEN (network: HIKARI_NETWORK_TOKEN), else from secrets.env in
that folder; with the token set and no folder named they try this machine at HIKARI_PORT (8080) too. Settings are also
read from a file .env where you stand.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage or settings, 3 site not reachable, 4 token refused.
"""

app = typer.Typer(
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
audit = typer.Typer(help="What happened, as the audit trail has it.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(audit, name="audit")
events = typer.Typer(help="Events that a service could not work with.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(events, name="events")
app.add_typer(network, name="network")
otp = typer.Typer(help="Subscribers' one-time passwords.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(otp, name="otp")


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
    rich_help_panel=None,
)
def run(context: typer.Context) -> None:
    """Start the whole site in this process. [--port N] [--data FOLDER]"""
    from cli.run import start  # reached only from other programs: cli/__main__.py takes the short way

    start(context.args)


@app.command()
def up(
    *,
    scale: Annotated[
        str | None,
        typer.Option(metavar="auth=2,gateway=2", help="How many of each (HIKARI_SCALE).", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Where the site listens (HIKARI_PORT; 8080).", show_default=False),
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="With demo lines and a telephone (HIKARI_DEMO=on).")] = False,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay until Ctrl-C.")] = False,
    data: Data = None,
) -> None:
    """Start a process for each service over RabbitMQ and PostgreSQL; return when the site is ready.

    Starts private servers in the data folder, on free ports, unless HIKARI_AMQP_URL and HIKARI_DATABASE_URL name some.
    Whatever ends is started again.
    """
    from cli.up import Wishes
    from cli.up import up as start_up

    finish(lambda: start_up(Wishes(scale, port, data, demo), foreground=foreground))


@app.command()
def down(*, data: Data = None) -> None:
    """Stop what `up` started, the servers too. The data stays."""
    from cli.up import down as stop

    finish(lambda: stop(data))


@app.command()
def status(*, data: Data = None) -> None:
    """Tell how the site on the data folder is doing. Exit code 3 when it is not ready."""
    from cli.up import status as tell

    finish(lambda: tell(data))


@app.command()
def secrets(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="deploy/secrets beside this program.", show_default=False)
    ] = None,
) -> None:
    """Make the secrets that docker-compose.yml asks for. What is there already stays."""
    from cli.compose import make_secrets

    finish(lambda: make_secrets(folder))


@app.command("test", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def run_tests(
    context: typer.Context,
    *,
    soak: Annotated[bool, typer.Option("--soak", help="Also the tests that take minutes.")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="Without browser, whole-system and soak tests.")] = False,
) -> None:
    """Check style and types and run the tests. More arguments go to pytest: ./hikari test -k lockout

    Installs missing system packages (PostgreSQL, RabbitMQ, Chromium, a Japanese font) where it is root, else names them.
    """
    from cli.checks import run_checks

    finish(lambda: run_checks(context.args, soak=soak, fast=fast))


@app.command()
def bench(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="As logins; all without.", show_default=False)
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    small: Annotated[bool, typer.Option("--small", help="A trial in seconds, whose figures mean nothing.")] = False,
) -> None:
    """Measure how fast it is, each figure beside its bound in the same run. docs/performance.md tells what was found.

    Needs PostgreSQL and RabbitMQ on the machine, as ./hikari test does, and nothing else at work on it.
    """
    from cli.bench import run_benchmarks

    finish(lambda: run_benchmarks(names or [], small=small, as_json=as_json))


@app.command()
def lock(
    *,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="To the newest versions, not only what changed.")] = False,
) -> None:
    """Compile requirements*.in into requirements*.lock, with hashes (for developers)."""
    from cli.locking import lock_requirements

    finish(lambda: lock_requirements(upgrade=upgrade))


@app.command()
def provision(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="UTF-8; one row a number.", show_default=False)],
    server: Server = None,
    data: Data = None,
) -> None:
    """Bring lines, numbers and contracted features to what a CSV file says.

    Header: contract_number,number,features. One row a number, the contract number's own row too; features are codes
    with spaces between: call_notification fax_notification call_forwarding bulk_forwarding fault_notification.

    Every row is checked first. A line with a faulty row is left out whole, the others are applied, each as a whole.
    What is not listed stays as it is; the same file twice changes nothing.
    """
    from cli.operators import connect
    from cli.provision import provision_file

    def command() -> int:
        with connect(server, data) as operators:
            return provision_file(file, operators)

    finish(command)


@audit.command("list")
def audit_list(
    *,
    number: Annotated[
        str | None, typer.Option(help="Only this phone number.", show_default=False, callback=written)
    ] = None,
    line: Annotated[
        str | None, typer.Option(help="Only this line (contract number).", show_default=False, callback=written)
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Only this event, as CredentialLocked.", show_default=False, callback=written)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help="From: 2026-04-01, 2026-04-01T09:30, 2h, 7d.", show_default=False, callback=written
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Before: likewise.", show_default=False, callback=written)
    ] = None,
    correlation_id: Annotated[
        str | None, typer.Option(help="Only what one request caused.", show_default=False, callback=written)
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many.", show_default=False)] = None,
    newest: Annotated[bool, typer.Option("--newest", help="The newest first; with --limit the last so many.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with everything.")] = False,
    server: Server = None,
    data: Data = None,
) -> None:
    """Entries in the order in which they were recorded, or from the newest back. Dates and times without a zone are local."""
    from cli.audit import Asked, list_entries
    from cli.operators import connect

    def command() -> int:
        asked = Asked(number=number, line=line, kind=kind, since=since, until=until, correlation_id=correlation_id)
        conditions = asked.conditions()
        with connect(server, data) as operators:
            return list_entries(operators, conditions, limit=limit, newest=newest, as_json=as_json)

    finish(command)


@audit.command("kinds")
def audit_kinds(server: Server = None, data: Data = None) -> None:
    """The kinds of all events that were recorded so far, for --kind."""
    from cli.audit import list_kinds
    from cli.operators import connect

    def command() -> int:
        with connect(server, data) as operators:
            return list_kinds(operators)

    finish(command)


@events.command("parked")
def events_parked(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with everything.")] = False,
    server: Server = None,
    data: Data = None,
) -> None:
    """Events that were put aside after five tries, and those of the same line that wait behind them."""
    from cli.events import list_parked
    from cli.operators import connect

    def command() -> int:
        with connect(server, data) as operators:
            return list_parked(operators, as_json=as_json)

    finish(command)


@events.command("retry")
def events_retry(server: Server = None, data: Data = None) -> None:
    """Take up again what is parked, each line's events in order. What fails again stays parked."""
    from cli.events import retry
    from cli.operators import connect

    def command() -> int:
        with connect(server, data) as operators:
            return retry(operators)

    finish(command)


@otp.command("reset")
def otp_reset(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As 0312345678.", show_default=False)],
    *,
    reason: Annotated[
        str, typer.Option(help="Why, and how the subscriber was recognised: for the audit trail.", show_default=False)
    ],
    server: Server = None,
    data: Data = None,
) -> None:
    """Take back a number's choice and registration, for a subscriber who lost both mailbox and confirmation pair.

    At the next login the subscriber chooses and registers anew. Recorded with the reason and your name.
    """
    from cli.operators import connect
    from cli.otp import reset

    def command() -> int:
        with connect(server, data) as operators:
            return reset(operators, number, reason)

    finish(command)
