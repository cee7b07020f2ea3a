"""A fax from the network to the screen: sent by hand, told by mail, read in Chromium at two widths (FEAT-2)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from contracts.settings.fax_inbox import PART_BYTES
from tests.screen import assert_fits
from tests.services.settings.faxes import STANDARD, fax
from tests.system.person import Person
from tests.system.site import Site

pytestmark = [pytest.mark.system, pytest.mark.browser]
ADDRESS = "fax-watcher@mail.example"
SENDER = "0312345678"


@pytest.fixture
def person(page: Page, shared_site: Site) -> Person:
    return Person(page, shared_site)


def sent(person: Person, path: Path, content: bytes) -> str:
    """What the command says of a fax for the additional number, with its exit code."""
    path.write_bytes(content)
    done = person.site.cli("network", "fax", str(path), "--to", person.additional, "--from", SENDER)
    return f"{done.returncode}: {done.stdout}{done.stderr}"


def shape(picture: Locator) -> float:
    """Width by height of a picture that has arrived; 0 where it never does."""
    expect(picture).to_have_js_property("complete", value=True)
    return float(picture.evaluate("image => image.naturalWidth / (image.naturalHeight || 1)"))


@pytest.mark.rule("FEAT-2")
@pytest.mark.parametrize("width", [1280, 320])
def test_a_fax_is_told_and_read_and_saved_and_deleted_and_brought_back(
    person: Person, tmp_path: Path, width: int
) -> None:
    page = person.page
    page.set_viewport_size({"width": width, "height": 800})
    person.settle()
    main = page.get_by_role("main")
    main.get_by_role("link", name=re.compile("FAXお知らせメール")).click()
    person.sees("FAXお知らせメール")
    assert_fits(page)
    main.get_by_label("追加するメールアドレス").fill(ADDRESS)
    main.get_by_role("button", name="追加").click()
    main.get_by_label("利用する").check()
    main.get_by_role("button", name="設定する").click()
    expect(main).to_contain_text("設定しました")

    content = fax(3, compression="raw", dpi=STANDARD)
    assert len(content) > PART_BYTES, "it goes in several parts"
    assert re.match("0: .*3 pages", sent(person, tmp_path / "fax.tiff", content))
    assert re.match(
        r"(?s)1: .*not a document that can be shown \(broken\)", sent(person, tmp_path / "broken.tiff", fax(3)[:2000])
    )

    main.get_by_role("link", name=re.compile("FAX受信箱")).click()
    person.sees("FAX受信箱")
    expect(main.get_by_text("未読", exact=True).nth(1)).to_be_visible()
    expect(main).to_contain_text("表示できない文書")
    assert_fits(page)
    main.get_by_role("link", name=re.compile("3ページ")).click()
    person.sees("受信したFAX")
    picture = main.get_by_role("img", name=re.compile("1ページ目"))
    expect(picture).to_be_visible()
    assert shape(picture) == pytest.approx(5.8 / 8.3, rel=0.01)
    assert_fits(page)
    main.get_by_role("link", name="次のページ").click()
    expect(main).to_contain_text("2ページ目")
    assert shape(main.get_by_role("img", name=re.compile("2ページ目"))) == pytest.approx(5.8 / 8.3, rel=0.01)
    for label, ending, beginning in (("PDFで保存", "pdf", b"%PDF"), ("TIFFで保存", "tiff", b"II*")):
        with page.expect_download() as saving:
            main.get_by_role("link", name=label).click()
        assert saving.value.suggested_filename.endswith(f"-5678.{ending}")
        saved = Path(saving.value.path()).read_bytes()
        assert saved.startswith(beginning)
        assert ending == "pdf" or saved == content
    main.get_by_role("button", name="このFAXを削除").click()
    expect(main).to_contain_text("24時間以内は")
    main.get_by_role("link", name="削除したFAX（1件）").click()
    assert_fits(page)
    main.get_by_role("button", name="受信箱に戻す").click()
    expect(main).to_contain_text("FAXを受信箱に戻しました")

    person.open("/mailbox")
    expect(main).to_contain_text(ADDRESS)
    expect(main).to_contain_text("FAX受信のお知らせ")
