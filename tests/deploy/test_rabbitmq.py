from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import amqp
import pytest

from deploy import rabbitmq_programs
from deploy.rabbitmq import PrivateRabbitmq, RabbitmqFailed, private_rabbitmq
from deploy.rabbitmq_programs import RabbitmqMissing, find_or_fetch_programs, find_programs
from deploy.rabbitmq_users import FOR_BULK

pytestmark = pytest.mark.rabbitmq


@pytest.fixture(scope="module")
def node():
    with private_rabbitmq(users=["auth", "bulk", "gateway", "subscriber"]) as running:
        yield running


def connected(node: PrivateRabbitmq, user: str = "hikari") -> amqp.Connection:
    password = urlsplit(node.url(user)).password
    connection = amqp.Connection(f"127.0.0.1:{node.port}", user, password)
    connection.connect()
    return connection


def below(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [descendant for child in map(int, listed) for descendant in (child, *below(child))]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_confirmed_persistent_messages_survive_a_stop_and_a_kill(node):
    with connected(node) as connection:
        channel = connection.channel()
        channel.queue_declare("kept", durable=True, auto_delete=False)
        # Every declaration of ours is followed by a binding. RabbitMQ writes to its disk at once that a queue is wanted;
        # that it was decided on waits for the next change, or 2 s, and a node that is killed before has no such queue.
        channel.queue_bind("kept", "amq.topic", "kept")
        channel.confirm_select()
        for text in ("first", "second"):
            channel.basic_publish_confirm(amqp.Message(text, delivery_mode=2), routing_key="kept")
    port = node.port
    node.kill()
    node.start()
    node.stop()
    node.start()
    assert node.port == port
    with connected(node) as connection:
        channel = connection.channel()
        assert [channel.basic_get("kept", no_ack=True).body for _ in range(2)] == ["first", "second"]


def test_nobody_gets_in_without_a_password_of_this_node(node):
    for user, password in (("hikari", "wrong"), ("guest", "guest")):
        with pytest.raises(amqp.AccessRefused):
            amqp.Connection(f"127.0.0.1:{node.port}", user, password).connect()


def test_a_service_reads_its_own_requests_and_no_other_services(node):
    with connected(node, "auth") as auth, connected(node, "gateway") as gateway:
        auth.channel().queue_declare("rpc-auth", durable=True, auto_delete=False)
        with pytest.raises(amqp.AccessRefused):
            gateway.channel().basic_get("rpc-auth")
        with pytest.raises(amqp.AccessRefused):
            gateway.channel().exchange_declare("auth.events", "topic")


@pytest.mark.parametrize(
    "request_",
    ["auth.prove_present_passwords", "otp.check_otp_rows", "otp.apply_otp_rows", "settings.apply_targets"],
)
def test_what_counts_no_guess_is_asked_by_the_bulk_service_alone(node, request_):
    assert request_ in FOR_BULK
    assert "auth.log_in" not in FOR_BULK
    with connected(node, "auth") as auth, connected(node, "gateway") as gateway, connected(node, "bulk") as bulk:
        auth.channel().exchange_declare("nameko-rpc", "topic", durable=True, auto_delete=False)
        for user, key in ((gateway, "auth.log_in"), (bulk, request_)):
            channel = user.channel()
            channel.confirm_select()
            channel.basic_publish_confirm(amqp.Message("{}"), "nameko-rpc", key)
        refused = gateway.channel()
        refused.confirm_select()
        with pytest.raises(amqp.AccessRefused):
            refused.basic_publish_confirm(amqp.Message("{}"), "nameko-rpc", request_)


def test_a_subscriber_may_listen_to_events_and_not_publish_them(node):
    with connected(node, "auth") as auth, connected(node, "subscriber") as subscriber:
        auth.channel().exchange_declare("auth.events", "topic", durable=True, auto_delete=False)
        channel = subscriber.channel()
        channel.queue_declare("subscriber.mine")
        channel.queue_bind("subscriber.mine", "auth.events", "#")
        channel.confirm_select()
        with pytest.raises(amqp.AccessRefused):
            channel.basic_publish_confirm(amqp.Message("false"), "auth.events", "CredentialLocked")


def test_it_listens_on_this_machine_only_and_leaves_nothing_behind():
    with private_rabbitmq() as node:
        folder = node.folder
        family = [node.pid, *below(node.pid)]
        open_to_others = subprocess.run(
            ["ss", "-ltnpH"], capture_output=True, text=True, check=False
        ).stdout.splitlines()
        assert not [line for line in open_to_others if f"pid={node.pid}," in line and "127.0.0.1:" not in line]
    assert not folder.exists()
    deadline = time.monotonic() + 10
    while any(map(alive, family)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in family if alive(pid)]


def test_a_node_that_cannot_start_says_what_it_logged(monkeypatch):
    monkeypatch.setattr("deploy.rabbitmq.definitions", lambda _: {"users": "nonsense"})
    monkeypatch.setattr("deploy.rabbitmq.START_SECONDS", 4)
    with pytest.raises(RabbitmqFailed, match=r"did not start:\n(.|\n)*\w"), private_rabbitmq():
        pass


def test_missing_programs_are_answered_with_what_to_install(monkeypatch):
    monkeypatch.setattr(rabbitmq_programs, "SYSTEM_SERVER", Path("/nowhere/rabbitmq-server"))
    monkeypatch.setattr(rabbitmq_programs, "cache_folder", lambda: Path("/nowhere"))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RabbitmqMissing, match="apt-get install"):
        find_programs()
    with pytest.raises(RabbitmqMissing, match="HIKARI_AMQP_URL"):
        find_or_fetch_programs()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_the_node_and_its_port_mapper_end_when_their_owner_is_killed():
    program = (
        "import time\nfrom deploy.rabbitmq import private_rabbitmq\n"
        "with private_rabbitmq() as node:\n    print(node.pid, node._mapper.pid, node.folder.parent, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        node, mapper, folder = owner.stdout.readline().split()
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    deadline = time.monotonic() + 20
    while (alive(int(node)) or alive(int(mapper))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(int(node))
    assert not alive(int(mapper))
    subprocess.run(["rm", "-rf", folder], check=False)
