"""A browser without a screen: keeps cookies, follows redirects, fills in forms, and checks every page it gets."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
LABELLED = {"input", "select", "textarea"}


class Page:
    """One HTML page, checked while it was read."""

    def __init__(self, response: TestResponse, path: str) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.path = path
        self.html = response.get_data(as_text=True)
        parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
        self.tree: ET.Element = parser.parse(self.html)
        assert not parser.errors, [(place, name, details) for place, name, details in parser.errors]
        _check(self)

    def all(self, tag: str, **attributes: str) -> list[ET.Element]:
        """Elements of a kind with these attributes (`class_` for class)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.tree.iter(tag)
            if all(element.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str, **attributes: str) -> ET.Element:
        """The only element of its kind."""
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def title(self) -> str:
        return text(self.one("title"))

    @property
    def heading(self) -> str:
        return text(self.one("h1"))

    @property
    def text(self) -> str:
        """What is to be read in the body."""
        return text(self.one("body"))

    @property
    def menu(self) -> list[str]:
        return [text(entry) for entry in self.tree.iter() if "menu__entry" in (entry.get("class") or "").split()]

    @property
    def faults(self) -> dict[str, list[str]]:
        """The messages beside each field, by its id."""
        lists = [element for element in self.all("ul") if (element.get("class") or "") == "field__errors"]
        return {(one.get("id") or "").removesuffix("-error"): [text(item) for item in one] for one in lists}

    def form(self, action: str) -> dict[str, str]:
        """The hidden values of the form that sends to this address; a search there has none.

        Where a button of another form sends there: all that stands in that form, for it goes along.
        """
        sending = self.all("form", method="post")
        form = next((form for form in sending if urlsplit(form.get("action") or "").path == action), None)
        if form is None:
            button = next(button for button in self.tree.iter("button") if button.get("formaction") == action)
            return self.typed(str(button.get("form")))  # type: ignore[return-value]  # boxes are lists
        return {
            str(field.get("name")): field.get("value") or ""
            for field in form.iter("input")
            if field.get("type") == "hidden"
        }

    def typed(self, form_id: str) -> dict[str, str | list[str]]:
        """What a browser sends of a form, whichever of its buttons is pressed."""
        (form,) = (form for form in self.all("form") if form.get("id") == form_id)
        within = {id(element) for element in form.iter("*")}
        fields: dict[str, str | list[str]] = {}
        for element in self.tree.iter("*"):
            if element.get("form", form_id) != form_id or not (id(element) in within or element.get("form")):
                continue
            name, value = str(element.get("name")), str(element.get("value") or "")
            if element.tag == "textarea":
                fields[name] = (element.text or "").removeprefix("\n").replace("\n", "\r\n")
            elif element.get("type") == "checkbox":
                fields[name] = [*fields.get(name, ()), *([value] if "checked" in element.attrib else ())]
            elif element.tag == "input" and (element.get("type") != "radio" or "checked" in element.attrib):
                fields[name] = value
        return fields


def text(element: ET.Element) -> str:
    """All text within, spaces put together."""
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def _check(page: Page) -> None:
    """What must hold for every page of the site."""
    root = page.tree
    assert root.get("lang") == "ja"
    assert page.title.removesuffix("ひかり電話設定サイト").strip("｜")
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    ids = Counter(element.get("id") for element in root.iter("*") if element.get("id"))
    assert not [name for name, count in ids.items() if count > 1]
    for label in page.all("label"):
        assert label.get("for") in ids
    labelled = {label.get("for") for label in page.all("label")}
    for element in root.iter("*"):
        _check_element(element, ids, labelled)
    for form in page.all("form"):
        assert form.get("action"), "every form says where it goes"
        assert form.get("method") in {"get", "post"}
        token = [field for field in form.iter("input") if field.get("name") == "csrf_token" and field.get("value")]
        # What GET sends stands in the address: no token there, and nothing that must not be read.
        assert bool(token) == (form.get("method") == "post")
        secret = [field for field in form.iter("input") if field.get("type") in {"hidden", "password"}]
        assert form.get("method") == "post" or not secret
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    for name, value in PRIVATE.items():
        assert page.headers[name] == value
    assert len(page.headers["X-Correlation-Id"]) == 32
    assert "ヘルプ" in page.text


def _check_element(element: ET.Element, ids: Counter[str | None], labelled: set[str | None]) -> None:
    assert element.tag != "style"
    assert element.tag != "script" or (element.get("src") and not (element.text or "").strip())
    for name, value in element.attrib.items():
        assert name != "style"
        assert not name.startswith("on")
        if name in {"aria-describedby", "aria-labelledby"}:
            assert all(target in ids for target in value.split()), (name, value)
        if name in {"href", "src", "action"}:
            assert value.startswith(("/", "#")), "nothing is loaded from elsewhere, nobody is sent elsewhere"
            assert not value.startswith("//")
            assert not value.startswith("#") or value[1:] in ids
    if element.tag in LABELLED and element.get("type") != "hidden" and element.get("hidden") is None:
        assert element.get("id") in labelled
        assert "disabled" not in element.attrib
        assert "maxlength" not in element.attrib  # it would cut what is pasted
        assert "placeholder" not in element.attrib
        assert element.get("autocomplete") or element.get("type") == "radio"
    if element.tag == "img":
        assert element.get("alt") is not None


@dataclass
class Browser:
    """Follows redirects; `page` is what it shows."""

    client: FlaskClient
    secure: bool = False
    page: Page | None = None

    @property
    def shown(self) -> Page:
        assert self.page is not None
        return self.page

    def get(self, path: str, **headers: str) -> Page:
        """Open an address."""
        response = self.client.get(path, headers=headers, base_url=self._base)
        return self._arrive(response, path)

    def post(self, path: str, **fields: str) -> Page:
        """Send the form of the page shown that goes to this path, filled in."""
        return self._arrive(self.send(path, self.shown, **fields), path)

    def send(self, path: str, page: Page, **fields: str) -> TestResponse:
        """Send a form of any page that was shown, and do not look where it leads."""
        return self.client.post(path, data={**page.form(urlsplit(path).path), **fields}, base_url=self._base)

    def log_in(self, number: str, password: str) -> Page:
        self.get("/login")
        return self.post("/login", number=number, password=password)

    def change_password(self, present: str, new: str, again: str | None = None) -> Page:
        return self.post(self.shown.path, present=present, new=new, again=new if again is None else again)

    def choose(self, number: str, path: str = "/password/numbers") -> Page:
        """As an administrator, open a page of the list and choose this number (written without hyphens) from it."""
        self.get(path)
        chosen = [link for link in self.shown.all("a", class_="row row--link") if number in text(link).replace("-", "")]
        return self.get(str(chosen[0].get("href")))

    @property
    def cookies(self) -> dict[str, str]:
        """By name."""
        return {cookie.key: cookie.value for cookie in (self.client._cookies or {}).values()}

    @property
    def _base(self) -> str:
        return "https://localhost" if self.secure else "http://localhost"

    def _arrive(self, response: TestResponse, path: str) -> Page:
        hops = 0
        while response.status_code in {301, 302, 303, 307, 308}:
            hops += 1
            assert hops < 6, "redirects in a circle"
            path = urljoin(path, response.headers["Location"]).partition("#")[0]
            response = self.client.get(path, base_url=self._base)
        self.page = Page(response, path)
        return self.page
