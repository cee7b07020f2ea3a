"""What the pages call things; labels as the guide has them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from chassis.hyphens import hyphenated
from contracts.auth.passwords import PasswordFault
from contracts.phone import AuthUnit, Feature

JAPAN = timezone(timedelta(hours=9), "JST")

UNITS = {
    AuthUnit.LINE: "回線単位",
    AuthUnit.NUMBER: "電話番号単位",
    AuthUnit.ADMIN_USER: "管理者／ユーザ単位",
}

FEATURES = {
    Feature.CALL_NOTIFICATION: "着信お知らせメール",
    Feature.FAX_NOTIFICATION: "FAXお知らせメール",
    Feature.CALL_FORWARDING: "ボイスワープ",
    Feature.BULK_FORWARDING: "一括転送機能",
    Feature.FAULT_NOTIFICATION: "故障・回復通知機能",
}

SUMMARIES = {
    Feature.CALL_NOTIFICATION: "電話がかかってきたことを、メールでお知らせするサービスです。",
    Feature.FAX_NOTIFICATION: "FAXを受信したことを、メールでお知らせするサービスです。",
    Feature.CALL_FORWARDING: "かかってきた電話を、ほかの電話番号へ転送するサービスです。",
    Feature.BULK_FORWARDING: "複数の電話番号あての電話を、まとめて転送するサービスです。",
    Feature.FAULT_NOTIFICATION: "故障と回復を、メールでお知らせするサービスです。",
}

PASSWORD_RULES = {
    PasswordFault.LENGTH: "8文字以上12文字以下",
    PasswordFault.CHARACTERS: "使えるのは半角の英字と数字だけ",
    PasswordFault.NO_LETTER: "英字を1文字以上使う",
    PasswordFault.NO_DIGIT: "数字を1文字以上使う",
    PasswordFault.REPEATED: "同じ文字を4文字以上続けない（例：0000、aaaa）",
    PasswordFault.SEQUENCE: "順に並ぶ英数字を4文字以上続けない（例：1234、dcba）",
    PasswordFault.CONTAINS_NUMBER: "お客様の電話番号を含めない",
    PasswordFault.SAME_AS_PRESENT: "現在のパスワードと同じものにしない",
}
"""Every rule as a support text, in the order of the list on the page (PWD-1..4)."""

PASSWORD_FAULTS = {
    PasswordFault.LENGTH: "新しいパスワードは8文字以上12文字以下にしてください。",
    PasswordFault.CHARACTERS: "新しいパスワードに使えない文字があります。半角の英字と数字だけで入力してください。",
    PasswordFault.NO_LETTER: "新しいパスワードに英字を1文字以上入れてください。",
    PasswordFault.NO_DIGIT: "新しいパスワードに数字を1文字以上入れてください。",
    PasswordFault.REPEATED: "新しいパスワードで同じ文字が4文字以上続いています。別の並びにしてください。",
    PasswordFault.SEQUENCE: "新しいパスワードに1234やdcbaのような順に並ぶ文字が4文字以上あります。別の並びにしてください。",
    PasswordFault.CONTAINS_NUMBER: "新しいパスワードに電話番号が含まれています。電話番号を使わないものにしてください。",
    PasswordFault.SAME_AS_PRESENT: "新しいパスワードが現在のパスワードと同じです。別のものにしてください。",
}
"""What to say beside the field when a rule is broken (PWD-9)."""

phone = hyphenated
"""A number as it is written on paper: 03-0000-1111."""


def clock(moment: datetime) -> str:
    """A moment by the clock in Japan, to the minute: 2026年4月1日 18時05分."""
    local = moment.astimezone(JAPAN)
    return f"{local.year}年{local.month}月{local.day}日 {local.hour}時{local.minute:02}分"


def clock_to_the_second(moment: datetime) -> str:
    """The same where there may be several within a minute: 2026年4月1日 18時05分09秒."""
    return f"{clock(moment)}{moment.second:02}秒"


def slug(feature: Feature) -> str:
    """The feature in addresses: call-notification."""
    return feature.value.replace("_", "-")
