"""The walls between the parts, and for each wall a bad import that it must find."""

from __future__ import annotations

import pytest

from tests.architecture.walls import breaches, guarded_modules

AGGREGATE = "from eventsourcing.domain import Aggregate\nclass Line(Aggregate): ...\n"


@pytest.mark.parametrize(("module", "source"), [pytest.param(*found, id=found[0]) for found in guarded_modules()])
def test_no_module_reaches_through_a_wall(module, source):
    assert breaches(module, source) == []


@pytest.mark.parametrize(
    ("module", "bad"),
    [
        ("contracts.base", "import httpx"),
        ("contracts.phone", "from contracts.auth import AuthApi"),
        ("contracts.auth", "from contracts.tempcred import Turn"),
        ("contracts.auth", "from contracts import tempcred"),
        ("contracts.auth", "import chassis.rpc"),
        ("contracts.settings.api", "from contracts.otp import Login"),
        ("contracts.auth", "from contracts.settings.common import Reach"),
        ("chassis.rpc", "from contracts.auth import AuthApi"),
        ("chassis.store", "from contracts.phone import PhoneNumber"),
        ("chassis.store", "from services.auth import line"),
        ("services.auth.application", "from nameko.rpc import rpc"),
        ("services.auth.application", "import eventlet"),
        ("services.auth.application", "def f():\n    import kombu"),
        ("services.auth.application", "import flask"),
        ("services.auth.application", "from contracts.tempcred import Turn"),
        ("services.auth.application", "from services.tempcred.dialogue import Dialogue"),
        ("services.auth.application", "from services import tempcred"),
        ("services.auth.application", "from gateway.app import app"),
        ("services.auth.publishing", "import nameko"),
        ("services.auth.policies", "from eventlet.event import Event"),
        ("services.bulk.owners", "import nameko"),
        ("services.bulk.owners.at_otp", "import nameko"),
        ("services.bulk.owners", "from services.auth.store import AuthStore"),
        ("services.bulk.work", "from contracts.auth import AuthApi"),
        ("services.auth.service", "import flask"),
        ("services.auth.service", "from services.otp.enrolment import Enrolment"),
        ("services.auth.password_rules", "import httpx"),
        ("services.auth.password_rules", "from chassis.store import Application"),
        ("services.auth.password_rules", "from services.auth.application import Logins"),
        ("services.tempcred.dialogue", "from contracts.auth import AuthApi"),
        ("services.auth.line", AGGREGATE + "import flask"),
        ("services.auth.line", AGGREGATE + "import eventlet"),
        ("services.auth.line", AGGREGATE + "from chassis.rpc import Client"),
        ("services.auth.line", AGGREGATE + "from eventsourcing.persistence import Tracking"),
        ("services.auth.line", AGGREGATE + "from services.auth import store"),
        ("gateway.pages.login", "from services.auth.password_rules import faults"),
        ("gateway.pages.login", "import eventlet"),
        ("gateway.app", "from nameko.web.handlers import http"),
        ("gateway.app", "from deploy.embedded import main"),
        ("cli.audit", "from services.audit.application import Audit"),
        ("cli.audit", "from gateway.app import app"),
        ("cli.audit", "import nameko"),
        ("deploy.postgres", "from services.auth.service import AuthService"),
        ("deploy.postgres", "import tests.conftest"),
    ],
)
def test_a_planted_bad_import_is_found(module, bad):
    assert len(breaches(module, f"from __future__ import annotations\n{bad}\n")) == 1


@pytest.mark.parametrize(
    ("module", "good"),
    [
        ("contracts.base", "from pydantic_core import core_schema"),
        ("contracts.auth", "from contracts.phone import PhoneNumber"),
        ("contracts.settings.api", "from contracts.settings.common import Reach"),
        ("chassis.rpc", "from nameko.extensions import DependencyProvider"),
        (
            "services.auth.application",
            "from contracts.auth import InvalidCredentials\nfrom chassis.store import Application",
        ),
        ("services.tempcred.service", "from nameko.web.handlers import http\nfrom contracts.auth import AuthApi"),
        ("services.tempcred.policies", "from contracts.auth import AuthApi"),
        ("services.auth.line", AGGREGATE + "from services.auth.credential import Credential"),
        ("gateway.service", "from nameko.extensions import Entrypoint"),
        ("cli.run", "def start():\n    from deploy.embedded import main"),
        (
            "deploy.embedded",
            "from services.auth.service import AuthService\nfrom gateway.service import GatewayService",
        ),
    ],
)
def test_what_the_table_allows_is_let_through(module, good):
    assert breaches(module, good) == []
