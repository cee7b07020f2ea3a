"""The network's side of the site, under `/network`: only for whoever has its token (EVENTS.md, "Network")."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response

from chassis.origin import acting, current_origin
from contracts.base import Channel
from gateway import here, network_events, network_route
from gateway.config import GatewayConfig
from gateway.machines import answer_faults, fault
from gateway.ops_requests import Malformed


def blueprint(config: GatewayConfig) -> Blueprint:
    """What the network may ask and tell. Without a token in the settings nobody has it, and everything is refused."""
    network = Blueprint("network", __name__, url_prefix="/network")
    expected = f"Bearer {config.network_token.reveal()}".encode() if config.network_token else None

    def behind(authorization: str) -> str | None:
        right = expected is not None and hmac.compare_digest(authorization.encode(), expected)
        return "network" if right else None

    @network.before_request
    def know_the_network() -> Response | None:
        if here.token_holder(behind):
            return None
        refused = fault(401, "the network's token is needed: Authorization: Bearer <HIKARI_NETWORK_TOKEN>")
        refused.headers["WWW-Authenticate"] = 'Bearer realm="network"'
        return refused

    @network.get("/route")
    def route() -> Response:
        with acting(current_origin().model_copy(update={"channel": Channel.NETWORK})):
            return network_route.answer()

    @network.post("/events")
    def event() -> Response:
        with acting(current_origin().model_copy(update={"channel": Channel.NETWORK})):
            return network_events.take()

    @network.get("/events/schema")
    def schema() -> Response:
        return network_events.schema()

    answer_faults(network)
    network.register_error_handler(Malformed, network_events.malformed)
    return network
