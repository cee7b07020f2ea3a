"""FAXお知らせメール and FAX受信箱 in the browser without scripts (FEAT-2, FEAT-6, MENU-3)."""

from __future__ import annotations

import hashlib
import io
from uuid import UUID, uuid4

import pytest
from PIL import Image

from chassis.parts import in_parts, to_text
from contracts.base import Secret, Unavailable
from contracts.phone import AuthUnit, Feature
from contracts.settings.fax_inbox import PART_BYTES, CompleteDocument, KeepDocumentPart
from contracts.settings.network import FaxReceived, FaxReceivedEvent, TakeNetworkEvent
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import ADDITIONAL, CONTRACT, Site
from tests.services.settings.faxes import FINE, fax

pytestmark = pytest.mark.rule("FEAT-2")
LIST = "/services/fax-notification"
SENDER = "0312345678"
ADDRESS = "yamada@mail.example"
LARGE = fax(2, compression="raw")


def deliver(site: Site, content: bytes, *, number: str = ADDITIONAL, caller: str | None = SENDER) -> UUID:
    """As the network does."""
    document, settings = uuid4(), site.settings
    assert settings is not None
    parts = list(in_parts(content, PART_BYTES))
    for place, part in enumerate(parts):
        settings.keep_document_part(KeepDocumentPart(document_id=document, place=place, content=Secret(to_text(part))))
    digest = hashlib.sha256(content).hexdigest()
    settings.complete_document(
        CompleteDocument(document_id=document, parts=len(parts), size=len(content), digest=digest)
    )
    data = FaxReceived(number=number, caller=caller, document=document)
    event = FaxReceivedEvent(type="FaxReceived", id=uuid4().hex, time=site.now, data=data)
    settings.take_network_event(TakeNetworkEvent(event=event))
    return document


def said(page: Page) -> list[str]:
    return [text(one) for one in page.all("p", class_="notice__text")]


def rows(page: Page) -> list[str]:
    return [text(one) for one in page.all("li", class_="fax-row")]


def open_inbox(browser: Browser) -> Page:
    page = browser.get(LIST)
    (card,) = [one for one in page.all("a", class_="card") if "FAX受信箱" in text(one)]
    return browser.get(str(card.get("href")))


def open_first(browser: Browser) -> Page:
    page = open_inbox(browser)
    return browser.get(str(page.all("a", class_="fax-row__text row--link")[0].get("href")))


@pytest.fixture
def browser(site: Site) -> Browser:
    """The person of the example line, logged in for the whole line."""
    return site.logged_in()


def test_the_one_number_with_the_feature_is_opened_at_once_and_set(site, browser):
    page = browser.get(LIST)
    assert page.heading == "FAXお知らせメール"
    assert "03-0000-2222" in text(page.one("p", class_="lead"))
    page = browser.post(page.path, on="yes", when_full="refuse")
    assert page.faults["on"] == ["送信先がありません。メールアドレスを追加してから、「利用する」にしてください。"]
    page = browser.post(f"{page.path}/addresses", address=ADDRESS)
    assert said(page)[0].startswith("メールアドレスを追加しました。お知らせメールはお送りしません。")
    page = browser.post(page.path, on="yes", when_full="drop_oldest")
    assert said(page) == [
        "設定しました。FAXが届くと、1件のメールアドレスにお知らせします。受信箱がいっぱいのときは、古いFAXから順に消えます。"
    ]
    assert "古いFAXから順に消して" in text(page.one("dl", class_="summary"))
    history = browser.get(f"{page.path}/history")
    assert "利用する" in history.text


def test_an_empty_inbox_says_so(browser):
    page = open_inbox(browser)
    assert page.heading == "FAX受信箱"
    assert "FAXは届いていません" in page.text
    assert "0件／200件" in page.text
    assert "／10MB" in page.text
    assert "削除したFAX" not in page.text


def test_a_fax_is_listed_unread_and_read_once_it_was_opened(site, browser):
    deliver(site, fax(3))
    (row,) = rows(open_inbox(browser))
    assert row.startswith("03-1234-5678 未読 2026年4月1日 18時00分 3ページ")
    page = open_first(browser)
    assert page.heading == "受信したFAX"
    assert "全3ページ" in page.text
    (row,) = rows(open_inbox(browser))
    assert "既読" in row


def test_a_fax_is_seen_page_by_page(site, browser):
    deliver(site, fax(2))
    page = open_first(browser)
    (image,) = page.all("img", class_="fax-page__image")
    first = browser.client.get(str(image.get("src")))
    assert (first.status_code, first.mimetype) == (200, "image/png")
    shown = Image.open(io.BytesIO(first.data))
    assert shown.width / shown.height == pytest.approx(5.8 / 8.3, rel=0.01)
    (following,) = page.all("a", rel="next")
    page = browser.get(str(following.get("href")).split("#", maxsplit=1)[0])
    assert "2ページ目" in page.text
    (image,) = page.all("img", class_="fax-page__image")
    assert browser.client.get(str(image.get("src"))).data != first.data
    assert browser.client.get(str(image.get("src")).replace("/2.png", "/3.png")).status_code == 404
    assert browser.client.get(str(image.get("src")).replace("/2.png", "/0.png")).status_code == 404


def test_a_fax_is_saved_as_it_came_and_as_pdf(site, browser):
    deliver(site, LARGE)
    assert len(LARGE) > PART_BYTES
    page = open_first(browser)
    links = {text(one): str(one.get("href")) for one in page.all("a") if one.get("download") is not None}
    tiff, pdf = (browser.client.get(links[label]) for label in ("TIFFで保存", "PDFで保存"))
    assert tiff.data == LARGE
    assert pdf.data.startswith(b"%PDF-1.4")
    for got, kind in ((tiff, "tiff"), (pdf, "pdf")):
        assert got.headers["Content-Disposition"] == f'attachment; filename="fax-20260401-1800-5678.{kind}"'
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in got.headers["Cache-Control"]
        assert "sandbox" in got.headers["Content-Security-Policy"]
        assert got.content_length == len(got.data)


def test_a_fax_without_a_senders_number_says_so(site, browser):
    deliver(site, fax(1), caller=None)
    assert "送信元の番号なし" in rows(open_inbox(browser))[0]


def test_a_deleted_fax_is_brought_back(site, browser):
    deliver(site, fax(1))
    page = open_first(browser)
    page = browser.post(f"{page.path}/delete")
    assert said(page) == ["FAXを削除しました。24時間以内は、「削除したFAX」から元に戻せます。"]
    assert rows(page) == []
    page = browser.get(f"{page.path}/deleted")
    assert "2026年4月2日 18時00分まで戻せます" in rows(page)[0]
    form = next(form for form in page.all("form") if str(form.get("action")).endswith("/restore"))
    page = browser.post(str(form.get("action")))
    assert said(page) == ["FAXを受信箱に戻しました。"]
    assert len(rows(page)) == 1
    assert browser.get(f"{page.path}/deleted").text.count("戻せるFAXはありません") == 1


def test_a_fax_that_is_gone_is_said_to_be_gone(site, browser):
    deliver(site, fax(1))
    page = open_first(browser)
    address = page.path
    browser.post(f"{address}/delete")
    page = browser.get(address)
    assert said(page) == ["そのFAXは、受信箱にありません。保存の期間が過ぎたか、削除されています。"]
    assert browser.client.get(f"{address}/document.pdf").status_code == 404


def test_a_broken_fax_is_explained_and_never_handed_out(site, browser):
    deliver(site, fax(2)[:900])
    assert "表示できない文書" in rows(open_inbox(browser))[0]
    page = open_first(browser)
    assert "この文書は表示できません" in page.text
    assert "もう一度送るよう依頼してください" in page.text
    assert not page.all("img", class_="fax-page__image")
    for ending in ("document.tiff", "document.pdf", "pages/1.png"):
        assert browser.client.get(f"{page.path}/{ending}").status_code == 403
    assert rows(browser.post(f"{page.path}/delete")) == []


def test_a_full_inbox_says_what_to_do_and_takes_nothing_back(site, browser):
    huge = fax(42, compression="raw")
    for _ in range(2):
        fax_id = deliver(site, huge)
        page = open_inbox(browser)
        assert "空きがほとんどありません" in page.text
        assert rows(page)[0].endswith("42ページ 9.7MB 削除")
        if not page.all("a", href=f"{page.path}/deleted"):
            browser.post(f"{page.path}/{fax_id}/delete")
    page = browser.get(f"{open_inbox(browser).path}/deleted")
    form = next(form for form in page.all("form") if str(form.get("action")).endswith("/restore"))
    page = browser.post(str(form.get("action")))
    assert said(page) == ["受信箱がいっぱいのため、元に戻せません。ほかのFAXを削除してから、もう一度操作してください。"]


def test_a_long_inbox_is_paged(site, browser):
    for _ in range(21):
        deliver(site, fax(1, dpi=FINE))
        site.later(seconds=1)
    page = open_inbox(browser)
    assert len(rows(page)) == 20
    (link,) = page.all("a", rel="next")
    assert len(rows(browser.get(str(link.get("href"))))) == 1


@pytest.mark.rule("MENU-3", "LINE-3")
def test_nobody_reaches_another_numbers_faxes(site):
    fax_id = deliver(site, fax(1))
    site.provision("0399990000", {"0399990000": {Feature.FAX_NOTIFICATION}})
    site.set_temporary("0399990000", AuthUnit.LINE, caller="0399990000")
    stranger = site.logged_in("0399990000", caller="0399990000")
    own = open_inbox(stranger).path
    assert "受信箱にありません" in stranger.get(f"{own}/{fax_id}").text
    assert stranger.client.get(f"{own}/{fax_id}/document.tiff").status_code == 404
    owner = site.logged_in()
    foreign = open_inbox(owner).path
    for path in (
        foreign,
        f"{foreign}/{fax_id}",
        f"{foreign}/{fax_id}/document.tiff",
        f"{foreign}/{fax_id}/pages/1.png",
    ):
        assert stranger.client.get(path).status_code == 404
    assert site.browser().get(foreign).heading == "ログイン"


def test_while_the_settings_service_is_away_the_page_says_so_and_then_works_again(site, browser):
    page = open_inbox(browser)
    site.failing = lambda procedure: Unavailable("settings") if procedure == "faxes" else None
    assert browser.get(page.path).status == 503
    site.failing = lambda procedure: None
    assert browser.get(page.path).status == 200


@pytest.mark.parametrize("topic", ["fax-notification", "fax-inbox"])
def test_there_is_help(browser, topic):
    assert browser.get(f"/help/{topic}").status == 200


def test_the_contract_number_without_the_feature_has_no_inbox(site, browser):
    page = open_inbox(browser)
    assert CONTRACT not in page.path
    unknown = page.path.replace(page.path.split("/")[3], str(uuid4()))
    assert browser.get(unknown).status == 404
