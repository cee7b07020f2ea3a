"""What is said after the unit was changed: with which number to log in from now on, and whose password it is (UNIT-6)."""

from __future__ import annotations

from contracts.phone import AuthUnit
from gateway.words import UNITS, phone

SLUGS = {AuthUnit.LINE: "line", AuthUnit.NUMBER: "number", AuthUnit.ADMIN_USER: "administrator"}
"""The units in addresses."""

_COPIED = "すべての電話番号のパスワードが、いまお使いのものと同じになりました。電話番号ごとに変更してください。"
_KEPT = "パスワードは、それぞれの電話番号で今までお使いのものです。"


def sentences(before: AuthUnit | None, to: AuthUnit, *, number: str, contract_number: str) -> list[str]:
    """In the words of the one who changed it with `number`. `before` is None where the form did not say it."""
    return [
        f"認証単位を{UNITS[to]}に変更しました。",
        _log_in_with(to, number, contract_number),
        *([_passwords(before, to)] if before else []),
    ]


def _log_in_with(to: AuthUnit, number: str, contract_number: str) -> str:
    own, contract = phone(number), phone(contract_number)
    match to:
        case AuthUnit.LINE:
            return f"次回からは、契約番号 {contract} でログインしてください。パスワードは、いまお使いのものです。"
        case AuthUnit.NUMBER:
            return f"次回は、{own} でログインしてください。ほかの方は、それぞれの電話番号でログインします。"
        case AuthUnit.ADMIN_USER if number == contract_number:
            return f"次回は、契約番号 {own} で管理者としてログインしてください。追加番号の方は、ユーザとしてログインします。"
        case AuthUnit.ADMIN_USER:
            return f"次回は、{own} でユーザとしてログインしてください。管理者は、契約番号 {contract} でログインします。"


def _passwords(before: AuthUnit, to: AuthUnit) -> str:
    if before is AuthUnit.LINE:
        return _COPIED
    if to is not AuthUnit.LINE:
        return _KEPT
    if before is AuthUnit.NUMBER:
        return "追加番号のパスワードと仮パスワードは、使えなくなりました。"
    return "追加番号では、ログインできなくなりました。"
