"""The network's side of the site, under `/network`: only for whoever has its token (EVENTS.md, "Network")."""

from __future__ import annotations

from flask import Blueprint, Response

from chassis.origin import acting, current_origin
from contracts.base import Channel
from gateway import here, network_documents, network_events, network_route
from gateway.config import GatewayConfig
from gateway.machines import answer_faults, fault
from gateway.network_token import is_the_networks
from gateway.ops_requests import Malformed


def blueprint(config: GatewayConfig) -> Blueprint:
    """What the network may ask and tell. Without a token in the settings nobody has it, and everything is refused."""
    network = Blueprint("network", __name__, url_prefix="/network")

    def behind(authorization: str) -> str | None:
        return "network" if is_the_networks(config, authorization) else None

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

    @network.post("/documents")
    def document() -> Response:
        with acting(current_origin().model_copy(update={"channel": Channel.NETWORK})):
            return network_documents.keep()

    @network.get("/events/schema")
    def schema() -> Response:
        return network_events.schema()

    answer_faults(network)
    network_documents.answer_refusals(network)
    network.register_error_handler(Malformed, network_events.malformed)
    return network
