"""What every answer tells the browser to refuse: foreign content, framing, sniffing, referrers, caching."""

from __future__ import annotations

from flask import Flask, Response, request

from gateway.config import GatewayConfig

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
"""Everything from here, nothing inline, and no script may turn text into markup."""

REFUSED_POWERS = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock",
    "usb", "xr-spatial-tracking",
)  # fmt: skip

HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in REFUSED_POWERS),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

TWO_YEARS = 63_072_000


def install(app: Flask, config: GatewayConfig) -> None:
    """Every answer of the application gets the headers; what it has set itself stays."""
    headers = dict(HEADERS)
    if config.secure:
        headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}"

    def harden(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(harden)


def came_from_elsewhere() -> bool:
    """Whether the browser says that another site sent this request.

    A second lock beside the CSRF token. `Origin` is no use: under `no-referrer` browsers send it as `null`.
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") in {"cross-site", "same-site"}
