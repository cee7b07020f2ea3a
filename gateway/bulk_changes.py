"""The difference that a file makes, in words: counted by sort, and for each number what it has before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from contracts.base import Secret
from contracts.bulk.api import UploadView
from contracts.bulk.changes import ChangeSort, NumberChange
from gateway.words import phone

NEW_PASSWORD = "新しいパスワード"
USED, NOT_USED = "利用する", "利用しない"
ADDRESS = "受信用メールアドレス"
HAD = {
    ChangeSort.FROM_PASSWORD: "パスワード設定済み",
    ChangeSort.FROM_EXPIRED: "有効期限切れのパスワード",
    ChangeSort.FROM_TEMPORARY: "仮パスワード",
    ChangeSort.FROM_NOTHING: "パスワード未設定",
}
"""What a number has until its new password (BULK-1)."""
PROOFS = {ChangeSort.PROVEN: "確かめたパスワード", ChangeSort.EXEMPT: "パスワード不要（*）"}
EFFECTS = {
    ChangeSort.PASSWORD_KEPT: "変わりません",
    ChangeSort.PASSWORD_COPIED: "変更する方がいまお使いのパスワード",
    ChangeSort.PASSWORD_VOIDED: "使えなくなります",
}
UNDECIDED = "未選択"
BEGUN = {
    ChangeSort.OTP_BEGUN: NOT_USED,
    ChangeSort.OTP_CHOSEN: UNDECIDED,
    ChangeSort.OTP_COMPLETED: "利用する（本登録待ち）",
}
"""What was chosen until one-time passwords are used and registered (OTP-1, OTP-14)."""
PAIR = {ChangeSort.CONFIRMATION_ID: "確認用ID", ChangeSort.CONFIRMATION_PASSWORD: "確認用パスワード"}

COUNTED = {
    **{sort: f"{had} → {NEW_PASSWORD}" for sort, had in HAD.items()},
    ChangeSort.PROVEN: "パスワードを確かめた電話番号",
    ChangeSort.EXEMPT: "パスワードの要らない電話番号",
    ChangeSort.PASSWORD_KEPT: "パスワードが変わらない電話番号",
    ChangeSort.PASSWORD_COPIED: "変更する方のパスワードになる電話番号",
    ChangeSort.PASSWORD_VOIDED: "パスワードが使えなくなる電話番号",
    ChangeSort.OTP_BEGUN: "利用開始",
    ChangeSort.OTP_CHOSEN: "利用開始（未選択だった電話番号）",
    ChangeSort.OTP_COMPLETED: "利用開始（本登録待ちだった電話番号）",
    ChangeSort.OTP_ENDED: "利用終了",
    ChangeSort.OTP_DECLINED: "利用しないことに決定",
    ChangeSort.OTP_ADDRESS: f"{ADDRESS}の登録・変更",
    ChangeSort.CONFIRMATION_ID: "確認用IDの登録・変更",
    ChangeSort.CONFIRMATION_PASSWORD: "確認用パスワードの登録・変更",
    ChangeSort.OTP_NOT_READ: "0のため読み取らない項目がある電話番号",
    ChangeSort.GROUP_ADDED: "グループに追加",
    ChangeSort.GROUP_REMOVED: "グループから削除",
    ChangeSort.TARGET_CHANGED: "転送先の変更",
    ChangeSort.UNCHANGED: "変わらない",
}


class Said(NamedTuple):
    """One thing of a number. Without `after` there is nothing to compare."""

    what: str
    before: str
    after: str = ""


def is_nothing(view: UploadView) -> bool:
    """Whether every number of the file has already what it asks for."""
    unchanged = sum(one.numbers for one in view.counts if one.sort is ChangeSort.UNCHANGED)
    return 0 < unchanged == view.change_count


def said(change: NumberChange) -> list[Said]:
    """What changes of a number, one thing after another."""
    return [*_of_passwords(change), *_of_one_time_passwords(change), *_of_group(change), *_of_nothing(change)]


def _of_passwords(change: NumberChange) -> Iterator[Said]:
    for sort in change.sorts:
        if sort in HAD:
            yield Said("", HAD[sort], NEW_PASSWORD)
    proofs = [PROOFS[sort] for sort in change.sorts if sort in PROOFS]
    effects = [EFFECTS[sort] for sort in change.sorts if sort in EFFECTS]
    for before, after in zip(proofs, effects, strict=True):
        yield Said("", before, after)


def _of_one_time_passwords(change: NumberChange) -> Iterator[Said]:
    sorts = change.sorts
    begun = [before for sort, before in BEGUN.items() if sort in sorts]
    for before in begun:
        yield Said("ワンタイムパスワード", before, USED)
    if ChangeSort.OTP_ENDED in sorts:
        yield Said("ワンタイムパスワード", USED, NOT_USED)
    if ChangeSort.OTP_DECLINED in sorts:
        yield Said("ワンタイムパスワード", UNDECIDED, NOT_USED)
    if ChangeSort.OTP_ADDRESS in sorts and change.after is None:
        yield Said(ADDRESS, "登録・変更")  # the file is over: the addresses are not kept
    elif ChangeSort.OTP_ADDRESS in sorts:
        yield Said(ADDRESS, _shown(change.before) or "なし", _shown(change.after))
    elif ChangeSort.OTP_ENDED in sorts and change.before is not None:
        yield Said(ADDRESS, _shown(change.before), "削除")
    for sort, what in PAIR.items():
        if sort in sorts:
            yield Said(what, "登録" if begun else "変更")
    if ChangeSort.OTP_NOT_READ in sorts:
        yield Said("", "利用設定が0のため、ほかの項目は読み取りません")


def _of_group(change: NumberChange) -> Iterator[Said]:
    before, after = (phone(_shown(one)) if one else "" for one in (change.before, change.after))
    for sort in (ChangeSort.GROUP_ADDED, ChangeSort.GROUP_REMOVED, ChangeSort.TARGET_CHANGED):
        if sort not in change.sorts:
            continue
        if before or after:
            yield Said("転送先", before or "なし", after or "グループから削除")
        else:
            yield Said("", COUNTED[sort])  # the file is over: the targets are not kept


def _of_nothing(change: NumberChange) -> Iterator[Said]:
    if ChangeSort.UNCHANGED in change.sorts:
        yield Said("", "変わらない")


def _shown(text: Secret | None) -> str:
    return text.reveal() if text else ""
