"""Whether a request is the telephone network's own (`HIKARI_NETWORK_TOKEN`)."""

from __future__ import annotations

import hmac

from gateway.config import GatewayConfig


def is_the_networks(config: GatewayConfig, authorization: str) -> bool:
    """By its `Authorization` header. Without a token in the settings nobody is the network."""
    if config.network_token is None:
        return False
    expected = f"Bearer {config.network_token.reveal()}"
    return hmac.compare_digest(authorization.encode(), expected.encode())
