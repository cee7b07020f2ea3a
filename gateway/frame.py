"""The frame of every page: the number one works for, the menu, help (MENU-1, MENU-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request

from contracts.auth.logins import SessionView, Stage
from contracts.base import Role
from contracts.phone import AuthUnit
from gateway import bulk_words, drafts, errors, forms, here, line_breaks, otp_words, unit_words, words

MENU = (
    ("service_selection", "サービス選択"),
    ("password", "パスワード変更"),
    ("unit", "認証単位変更"),
)
"""Always there."""
ONCE_COMPLETE = (("otp_use", "ワンタイムパスワード利用選択変更"),)
WITH_OTP = (
    ("otp_address", "ワンタイムパスワード受信用メールアドレス変更"),
    ("confirmation_id", "確認用ID変更"),
    ("confirmation_password", "確認用パスワード変更"),
    ("otp_bulk", "ワンタイムパスワード各種一括設定"),
)
"""For a complete login whose number has one-time passwords in use and registered."""


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `works` is false before the login is complete."""

    label: str
    endpoint: str
    current: bool
    works: bool


def menu(person: SessionView) -> tuple[Entry, ...]:
    """The entries for this person; ログアウト, which always works, is the frame's own button."""
    complete = person.stage is Stage.COMPLETE
    entries = (
        *(one for one in MENU if not (one[0] == "unit" and unit_is_out_of_reach(person))),
        *(ONCE_COMPLETE if complete else ()),
        *(WITH_OTP if complete and person.otp_registered else ()),
    )
    return tuple(
        Entry(label, f"{screen}.show", current=complete and _is_within(screen), works=complete)
        for screen, label in entries
        if f"{screen}.show" in current_app.view_functions  # a screen that the site does not have yet has no entry
    )


def _is_within(screen: str) -> bool:
    """Whether the page belongs to the screen, or to its way by file."""
    return bool({screen, f"{screen}_bulk"} & set(request.blueprints))


def unit_is_out_of_reach(person: SessionView) -> bool:
    """A user under an administrator does not change the line's unit (UNIT-7)."""
    return person.role is Role.USER and person.unit is AuthUnit.ADMIN_USER


def _shown() -> dict[str, Any]:
    config = here.config()
    person = here.visitor()
    return {
        "site_name": config.site_name,
        "setting_number": config.setting_number,
        "demo": config.demo,
        "visitor": person,
        "menu": menu(person) if person else (),
        "onward": errors.links,
    }


def install(app: Flask) -> None:
    """Give the templates what the frame and the forms need."""
    app.context_processor(_shown)
    app.jinja_env.filters["phone"] = words.phone
    app.jinja_env.filters["clock"] = words.clock
    app.jinja_env.filters["clock_to_the_second"] = words.clock_to_the_second
    app.jinja_env.filters["numbers_whole"] = line_breaks.numbers_whole
    app.jinja_env.filters["feature_slug"] = words.slug
    app.jinja_env.filters["unit_slug"] = unit_words.SLUGS.__getitem__
    app.jinja_env.filters["first_field"] = forms.first_field
    app.jinja_env.globals.update(
        UNITS=words.UNITS,
        UPLOAD_STATES=bulk_words.STATES,
        WITHDRAWALS=bulk_words.WITHDRAWALS,
        FEATURES=words.FEATURES,
        SUMMARIES=words.SUMMARIES,
        PASSWORD_RULES=words.PASSWORD_RULES,
        ID_RULES=otp_words.ID_RULES,
        NEW_ID_RULES=otp_words.NEW_ID_RULES,
        CONFIRMATION_PASSWORD_RULES=otp_words.CONFIRMATION_PASSWORD_RULES,
        DRAFT_ID=drafts.DRAFT_ID,
        form_secret=forms.fresh_form_secret,
        FORM_SECRET=forms.FORM_SECRET,
    )
