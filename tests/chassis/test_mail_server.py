"""Mail handed over to a server that speaks TLS and wants to know who comes (OTP-2, OTP-6)."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chassis.mail_server import MailServer, ServerAway
from deploy.addresses import free_port

LOGIN = ("hikari", "himitsu: no 1")
MAIL = b"Subject: hello\r\n\r\nhello\r\n"


class Kept(Message):
    """What was taken over."""

    def __init__(self) -> None:
        super().__init__()
        self.subjects: list[str] = []

    def handle_message(self, message: Any) -> None:
        self.subjects.append(message["Subject"])


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of 127.0.0.1, with its key; whoever trusts this file trusts the server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of the tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    """Whether the login is the one there is."""
    right = isinstance(data, LoginPassword) and (data.login, data.password) == tuple(part.encode() for part in LOGIN)
    return AuthResult(success=right)


@contextmanager
def listening(certificate: Path, scheme: str) -> Iterator[tuple[Kept, Callable[[str], MailServer]]]:
    """A server that takes mail over TLS only, and only from who logs in; and how it is reached with a login."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    kept = Kept()
    # aiosmtpd knows TLS that is begun in the conversation; of TLS from the first byte it does not know that it is there.
    speaks = {"ssl_context": tls} if scheme == "smtps" else {"tls_context": tls, "require_starttls": True}
    safe = scheme != "smtps"
    port = free_port("127.0.0.1")
    server = Controller(
        kept, hostname="127.0.0.1", port=port, authenticator=knows, auth_required=True, auth_require_tls=safe, **speaks
    )
    server.start()
    try:
        yield kept, lambda login: MailServer.parse(f"{scheme}://{login}@127.0.0.1:{port}")
    finally:
        server.stop()


@pytest.mark.rule("OTP-2")
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
class TestOverTls:
    def test_a_mail_goes_to_a_server_that_is_trusted_and_knows_us(self, scheme, certificate, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with listening(certificate, scheme) as (kept, server):
            with server("hikari:himitsu%3A%20no%201").conversation("site.example", 5) as talk:
                talk.hand_over("noreply@site.example", "hanako@mail.example", MAIL)
            assert kept.subjects == ["hello"]

    def test_a_wrong_login_is_tried_again_later_and_told_without_a_word_of_it(self, scheme, certificate, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with listening(certificate, scheme) as (kept, server):
            with pytest.raises(ServerAway) as away, server("hikari:wrongone").conversation("site.example", 5):
                pass
            assert "wrongone" not in str(away.value)
            assert kept.subjects == []

    def test_nothing_is_said_to_a_server_whose_certificate_nobody_vouches_for(self, scheme, certificate):
        with listening(certificate, scheme) as (kept, server):
            with pytest.raises(ServerAway), server("hikari:himitsu").conversation("site.example", 5):
                pass
            assert kept.subjects == []
