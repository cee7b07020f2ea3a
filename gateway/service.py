"""The gateway on nameko: every HTTP request goes to the Flask application, which asks the services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import eventlet
from flask import Flask, request
from werkzeug.wrappers import Request, Response

from chassis.http import NOTES, every_request
from chassis.origin import current_origin
from chassis.rpc import Client, RemoteFailure, Uses
from contracts.audit import AuditApi
from contracts.auth.api import AuthApi
from contracts.base import FollowingApi, Nothing, Unavailable
from contracts.bulk.api import BulkApi
from contracts.otp.api import OtpApi
from contracts.settings.api import SettingsApi
from contracts.tempcred import TempcredApi
from gateway.app import create_app
from gateway.large_bodies import how_much
from gateway.services import Services

if TYPE_CHECKING:
    pass

SHORT = 1.0
"""Seconds in which a service must answer to be called ready."""
TAKING_UP = 30.0
"""Seconds that a service may take to work through what it had parked; it stops after some and is asked again."""
PROVISIONING = 120.0
"""Seconds that a line of 10,000 numbers may take (LINE-7)."""
CHANGING_A_UNIT = 60.0
"""Seconds that the change of such a line's unit may take while others are at work."""
READING_A_FAX = 60.0
"""Seconds that a document of a hundred pages may take, others before it included."""
LISTING = 30.0
"""Seconds that a list of all numbers of such a line may take."""
TELLING_A_LINE = 30.0
"""Seconds that the news of a line of 10,000 numbers may take to become that many mails (LINE-7)."""
LONG_SETTINGS_WORK = {
    **dict.fromkeys(("complete_document", "fax_part"), READING_A_FAX),
    "take_network_event": TELLING_A_LINE,
}
LONG_WORK = {
    **dict.fromkeys(("provision_line", "provision_lines", "remove_numbers"), PROVISIONING),
    "change_unit": CHANGING_A_UNIT,
}


class Living(Protocol):
    """What every service answers."""

    def alive(self, request: Nothing) -> Nothing: ...


def build_site(env: Mapping[str, str]) -> Flask:
    """The Flask application, telling the server what belongs into logs and statistics."""
    site = create_app(env)

    def leave_notes() -> None:
        origin = current_origin()
        request.environ[NOTES].update(
            route=request.url_rule.rule if request.url_rule else "unknown",
            correlation_id=origin.correlation_id,
            request_id=origin.request_id,
        )

    site.before_request_funcs.setdefault(None, []).insert(0, leave_notes)
    return site


class GatewayService:
    """Holds no state of its own: any number of gateways may stand side by side."""

    name = "gateway"

    site = Uses(build_site)
    auth = Client("auth", AuthApi, timeouts=LONG_WORK)
    tempcred = Client("tempcred", TempcredApi)
    audit = Client("audit", AuditApi)
    otp = Client("otp", OtpApi)
    settings = Client("settings", SettingsApi, timeouts=LONG_SETTINGS_WORK)
    bulk = Client("bulk", BulkApi, timeouts={"download": LISTING})
    auth_living = Client("auth", Living, timeout=SHORT)
    tempcred_living = Client("tempcred", Living, timeout=SHORT)
    audit_living = Client("audit", Living, timeout=SHORT)
    otp_living = Client("otp", Living, timeout=SHORT)
    settings_living = Client("settings", Living, timeout=SHORT)
    bulk_living = Client("bulk", Living, timeout=SHORT)

    auth_following = Client("auth", FollowingApi, timeout=TAKING_UP)
    tempcred_following = Client("tempcred", FollowingApi, timeout=TAKING_UP)
    otp_following = Client("otp", FollowingApi, timeout=TAKING_UP)
    audit_following = Client("audit", FollowingApi, timeout=TAKING_UP)
    settings_following = Client("settings", FollowingApi, timeout=TAKING_UP)

    @every_request(uses=site, large_bodies=how_much)
    def answer(self, request: Request) -> Response:
        """Answer one request of a browser, a telephone platform or an operator."""
        request.environ["hikari.services"] = Services(
            self.auth,
            self.tempcred,
            self.audit,
            self.otp,
            self._missing,
            {
                "auth": self.auth_following,
                "tempcred": self.tempcred_following,
                "otp": self.otp_following,
                "audit": self.audit_following,
                "settings": self.settings_following,
            },
            settings=self.settings,
            bulk=self.bulk,
        )
        return Response.from_app(self.site, request.environ)

    def _missing(self) -> tuple[str, ...]:
        asked = {
            "auth": self.auth_living,
            "tempcred": self.tempcred_living,
            "otp": self.otp_living,
            "audit": self.audit_living,
            "settings": self.settings_living,
            "bulk": self.bulk_living,
        }
        answers = eventlet.GreenPool().imap(_is_alive, asked.values())
        return tuple(name for name, alive in zip(asked, answers, strict=True) if not alive)


def _is_alive(service: Living) -> bool:
    try:
        service.alive(Nothing())
    except (Unavailable, RemoteFailure):
        return False
    return True
