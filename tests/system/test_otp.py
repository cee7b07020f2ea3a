"""One-time passwords in a real browser, with real mail: registered, given, missed, and changed (OTP, LOGIN-7, MENU-1)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.system.person import PASSWORD, TEMPORARY, Person
from tests.system.site import Site

pytestmark = [pytest.mark.system, pytest.mark.browser]
CONFIRMATION_ID = "abc12345"
CONFIRMATION_PASSWORD = "baiyou4q"
CODE = re.compile(r"^(\d{6})$", re.MULTILINE)
SEND = "ワンタイムパスワードを送信"


class Subscriber(Person):
    """Somebody with a mailbox, who reads it in a tab of its own."""

    def __init__(self, page: Page, site: Site) -> None:
        super().__init__(page, site)
        self.address = f"hanako{self.contract}@mail.example"
        self.read: set[str] = set()

    def press(self, button: str) -> None:
        """A button of the page itself."""
        self.page.get_by_role("main").get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        """A link of the page itself."""
        self.page.get_by_role("main").get_by_role("link", name=link, exact=True).click()

    def choose(self, entry: str) -> None:
        """From the menu."""
        self.page.get_by_role("navigation", name="メニュー").get_by_role("link", name=entry, exact=True).click()

    def type(self, **fields: str) -> None:
        """Into the fields with these names."""
        for name, value in fields.items():
            self.page.locator(f"input[name={name}]").fill(value)

    def told(self, *sentences: str) -> None:
        """The page says so."""
        for sentence in sentences:
            expect(self.page.get_by_role("main")).to_contain_text(sentence)

    def mail(self, subject: str) -> Page:
        """A tab with the mailbox, showing a mail to one's address that was not there before."""
        tab = self.page.context.new_page()
        tab.goto(self.site.url + "/mailbox")
        for _ in range(60):
            for letter in tab.locator("article.letter").filter(has_text=self.address).filter(has_text=subject).all():
                text = letter.inner_text()
                if text not in self.read:
                    self.read.add(text)
                    return tab
            tab.wait_for_timeout(250)
            tab.reload()
        raise AssertionError(f"no mail {subject}")

    def code(self) -> str:
        """From the newest mail."""
        tab = self.mail("ワンタイムパスワードのお知らせ")
        letter = tab.locator("article.letter").filter(has_text=self.address).filter(has_text="6桁の数字").first
        found = CODE.search(letter.inner_text())
        assert found
        tab.close()
        return found[1]

    def open_link(self) -> None:
        """Click it in the mailbox; what opens takes the place of the page."""
        tab = self.mail("本登録のお願い")
        with tab.expect_popup() as opened:
            tab.locator("article.letter").filter(has_text=self.address).get_by_role("link").first.click()
        tab.close()
        self.page.close()
        self.page = opened.value

    def link(self) -> str:
        """Where it leads, below the site's address."""
        tab = self.mail("本登録のお願い")
        path = (
            tab.locator("article.letter").filter(has_text=self.address).get_by_role("link").first.get_attribute("href")
        )
        tab.close()
        assert path
        return path

    def first_login(self) -> None:
        """To 4."""
        self.dial("1", TEMPORARY, TEMPORARY)
        self.log_in(self.contract, TEMPORARY)
        self.change(TEMPORARY, PASSWORD)
        self.sees("ワンタイムパスワード 利用選択画面")

    def register(self) -> None:
        """From 6 to 8."""
        self.sees("ワンタイムパスワード利用情報 仮登録")
        self.type(
            address=self.address,
            address_again=self.address,
            confirmation_id=CONFIRMATION_ID,
            confirmation_id_again=CONFIRMATION_ID,
            confirmation_password=CONFIRMATION_PASSWORD,
            confirmation_password_again=CONFIRMATION_PASSWORD,
        )
        self.press("次へ")
        self.sees("ワンタイムパスワード利用情報 仮登録内容確認")
        self.told(self.address, CONFIRMATION_ID)
        assert CONFIRMATION_PASSWORD not in self.page.content()
        self.press("登録")
        self.sees("ワンタイムパスワード利用情報 仮登録完了")

    def give_code(self) -> None:
        """From 9 or 10 into the site."""
        self.press(SEND)
        self.sees("ワンタイムパスワード 入力画面")
        self.type(code=self.code())
        self.press("次へ")
        self.sees("サービス選択")

    def guess(self, right: str) -> None:
        """Something else than that."""
        self.type(code=f"{(int(right) + 1) % 1_000_000:06}")
        self.press("次へ")

    def enrol(self) -> None:
        """The whole first login."""
        self.first_login()
        self.page.get_by_label("ワンタイムパスワードを利用する").check()
        self.press("次へ")
        self.register()
        self.open_link()
        self.sees("ワンタイムパスワード利用情報 本登録")
        self.give_code()

    def log_in_again(self) -> None:
        """To 10, with the browser opened anew."""
        self.forget()
        self.log_in(self.contract, PASSWORD)
        self.sees("ワンタイムパスワード 送信確認画面")


@pytest.fixture
def person(page: Page, shared_site: Site) -> Subscriber:
    return Subscriber(page, shared_site)


@pytest.mark.rule("OTP-1", "OTP-2", "OTP-3", "OTP-6", "OTP-14", "LOGIN-7", "MENU-1")
def test_the_first_login_with_the_mailed_link(person: Subscriber) -> None:
    person.first_login()
    for path in ("/services", "/password", "/unit", "/otp/send", "/otp/code", "/otp/use"):
        person.open(path)
        person.sees("ワンタイムパスワード 利用選択画面")
    person.page.get_by_label("ワンタイムパスワードを利用しない").check()
    person.press("次へ")
    person.sees("ワンタイムパスワード 利用選択確認")
    person.follow("戻る")
    person.page.get_by_label("ワンタイムパスワードを利用する").check()
    person.press("次へ")
    person.sees("ワンタイムパスワード利用情報 仮登録")

    person.type(address="hanako", confirmation_id="12345678", confirmation_password="abc")
    person.press("次へ")
    expect(person.page.locator("#error-summary")).to_be_focused()
    person.told("メールアドレスの形になっていません", "確認用IDが数字だけになっています", "8文字以上12文字以下")

    person.forget()
    person.log_in(person.contract, PASSWORD)
    person.register()
    person.told("hikari.example からのメール")
    person.open_link()
    person.sees("ワンタイムパスワード利用情報 本登録")
    person.told("本登録が完了しました")
    person.open("/services")
    person.sees("ワンタイムパスワード 送信確認画面")
    person.give_code()
    menu = person.page.get_by_role("navigation", name="メニュー").locator(".menu__entry").all_inner_texts()
    assert menu == [
        "サービス選択",
        "パスワード変更",
        "認証単位変更",
        "ワンタイムパスワード利用選択変更",
        "ワンタイムパスワード受信用メールアドレス変更",
        "確認用ID変更",
        "確認用パスワード変更",
        "ワンタイムパスワード各種一括設定",
        "ログアウト",
    ]


@pytest.mark.rule("OTP-6", "OTP-7", "OTP-9", "TEMP-12")
def test_wrong_ones_lead_back_a_new_one_works_and_ten_lock(person: Subscriber) -> None:
    person.enrol()
    person.log_in_again()
    person.press(SEND)
    person.guess(person.code())
    person.told("あと4回間違えると無効になります")
    person.follow("ワンタイムパスワード 送信確認画面へ")
    person.told("前のものは使えなくなります")
    person.give_code()

    person.log_in_again()
    for outcome in ("5回間違えたため", "10回続いたため"):
        person.press(SEND)
        code = person.code()
        for left in (4, 3, 2, 1):
            person.guess(code)
            person.told(f"あと{left}回間違えると無効になります")
        person.guess(code)
        person.told(outcome)
    person.sees("パスワードが無効になりました")
    person.told("（有料）", "プッシュ信号")
    person.log_in(person.contract, PASSWORD)
    person.sees("ログイン")


@pytest.mark.rule("OTP-10", "OTP-11", "OTP-2")
def test_the_address_is_changed_before_the_code_and_the_link_opened_in_another_browser(
    person: Subscriber, chromium: Browser
) -> None:
    person.enrol()
    person.log_in_again()
    person.follow("メールアドレスの変更")
    person.sees("メールアドレスの変更")
    person.type(confirmation_id=CONFIRMATION_ID, confirmation_password="wrong123")
    person.press("次へ")
    person.told("確認用IDまたは確認用パスワードが違います")
    person.type(confirmation_id=CONFIRMATION_ID, confirmation_password=CONFIRMATION_PASSWORD)
    person.press("次へ")
    person.sees("ワンタイムパスワード受信用メールアドレス変更")
    person.address = f"new-{person.address}"
    person.type(address=person.address, address_again=person.address)
    person.press("次へ")
    person.press("登録")
    person.sees("ワンタイムパスワード利用情報 仮登録完了")

    elsewhere = chromium.new_context(locale="ja-JP")
    telephone = elsewhere.new_page()
    telephone.goto(person.site.url + person.link())
    expect(telephone.get_by_role("main")).to_contain_text("もう一度ログインしてください")
    elsewhere.close()

    person.follow("本登録が済んだら、次へ")
    person.sees("ワンタイムパスワード 送信確認画面")
    person.told("n***@mail.example")
    person.give_code()


@pytest.mark.rule("OTP-10", "OTP-12", "OTP-13", "MENU-1")
def test_everything_that_the_menu_changes(person: Subscriber) -> None:
    person.enrol()
    person.choose("確認用ID変更")
    person.type(present="wrong123", new="def67890", again="def67890")
    person.press("登録")
    person.told("変更前の確認用IDが違います")
    person.type(present=CONFIRMATION_ID, new="def67890", again="def67890")
    person.press("登録")
    person.told("確認用IDを変更しました")
    person.choose("確認用パスワード変更")
    person.type(present=CONFIRMATION_PASSWORD, new="baiyou5q", again="baiyou5q")
    person.press("登録")
    person.told("確認用パスワードを変更しました")

    person.choose("ワンタイムパスワード受信用メールアドレス変更")
    person.address = f"other-{person.address}"
    person.type(address=person.address, address_again=person.address)
    person.press("次へ")
    person.sees("ワンタイムパスワード受信用メールアドレス変更内容確認")
    person.press("登録")
    person.sees("ワンタイムパスワード利用情報 仮登録完了")
    person.open_link()
    person.sees("ワンタイムパスワード利用情報 本登録")
    person.give_code()

    person.choose("ワンタイムパスワード利用選択変更")
    person.press("同意する")
    person.told("「ワンタイムパスワードを利用しない」に変更しました")
    person.forget()
    person.log_in(person.contract, PASSWORD)
    person.sees("サービス選択")
    person.choose("ワンタイムパスワード利用選択変更")
    person.press("次へ")
    person.sees("ワンタイムパスワード 利用選択変更完了")
    person.follow("次へ")
    person.register()


@pytest.mark.rule("OTP-2", "OTP-3", "OTP-6", "SITE-2")
def test_all_of_it_without_scripts(chromium: Browser, shared_site: Site) -> None:
    with_scripts = chromium.new_context(locale="ja-JP")
    caller = Subscriber(with_scripts.new_page(), shared_site)
    caller.dial("1", TEMPORARY, TEMPORARY)
    with_scripts.close()
    context = chromium.new_context(locale="ja-JP", java_script_enabled=False, viewport={"width": 320, "height": 800})
    caller.page = context.new_page()
    caller.log_in(caller.contract, TEMPORARY)
    caller.change(TEMPORARY, PASSWORD)
    caller.page.get_by_label("ワンタイムパスワードを利用する").check()
    caller.press("次へ")
    caller.register()
    caller.open_link()
    caller.press("本登録する")
    caller.told("本登録が完了しました")
    caller.press(SEND)
    caller.sees("ワンタイムパスワード 入力画面")
    caller.told("までです", "この画面を開いた時点で、あと")
    caller.type(code=caller.code())
    caller.press("次へ")
    caller.sees("サービス選択")
    context.close()
