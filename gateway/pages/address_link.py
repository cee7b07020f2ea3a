"""Where the link leads that proves a mail address, in whatever browser it is opened (FEAT-5)."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.base import Secret
from contracts.settings.address_links import (
    ADDRESS_LINK_PATH,
    AddressLinkState,
    AddressLinkVoid,
    LookAtAddressLink,
    UseAddressLink,
)
from gateway import here
from gateway.guard import open_at_any_stage

blueprint = Blueprint("address_link", __name__)
PATH = ADDRESS_LINK_PATH.replace("{token}", "<token>")
"""Logs and statistics have the path as it stands here, never the token."""

PROVED = "メールアドレスの確認は完了しています。"
ARRIVING = PROVED + "設定サイトで選ばれた内容と時間帯のお知らせが、このメールアドレスに届きます。"
OFF = PROVED + (
    "お知らせは「利用しない」になっているため、まだ届きません。"
    "設定サイトの「故障・回復通知機能」で「利用する」を選ぶと、届くようになります。"
)
SAID = {
    AddressLinkState.EXPIRED: (
        "このURLの有効期限（24時間）が過ぎています。"
        "設定サイトの「故障・回復通知機能」から、確認メールを送り直してください。"
    ),
    AddressLinkState.WITHDRAWN: (
        "このメールアドレスは、送信先から削除されています。"
        "お知らせが必要なときは、設定サイトの「故障・回復通知機能」で、もう一度追加してください。"
    ),
    AddressLinkState.UNKNOWN: ("このURLは使えません。メールに書かれたURLの全体を、ブラウザに入力し直してください。"),
}


@blueprint.get(PATH)
@open_at_any_stage
def show(token: str) -> ResponseReturnValue:
    """Consumes nothing: mail scanners ask too. The page posts itself, or has a button."""
    view = here.settings().look_at_address_link(LookAtAddressLink(token=Secret(token)))
    status = 404 if view.state is AddressLinkState.UNKNOWN else 200
    said = (ARRIVING if view.on else OFF) if view.state is AddressLinkState.USED else SAID.get(view.state)
    return render_template("pages/address_link.html", token=token, view=view, said=said), status


@blueprint.post(PATH)
@open_at_any_stage
def use(token: str) -> ResponseReturnValue:
    """The address is proved. Whatever became of it, the page that is led to says so."""
    with suppress(AddressLinkVoid):
        here.settings().use_address_link(UseAddressLink(token=Secret(token)))
    return redirect(url_for("address_link.show", token=token), 303)
