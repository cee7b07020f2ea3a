"""The forms of the second factor: addresses, confirmation ID and password, the one-time password."""

from __future__ import annotations

import re
import unicodedata

from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, StringField, ValidationError
from wtforms.validators import AnyOf, EqualTo, InputRequired

from contracts.otp.challenges import CODE_DIGITS
from contracts.otp.common import OtpUse
from contracts.otp.confirmation import ConfirmationRejected
from contracts.otp.registration import RegistrationFault, RegistrationRejected
from gateway.otp_words import faults_of

USES = (
    (OtpUse.USED.value, "ワンタイムパスワードを利用する"),
    (OtpUse.NOT_USED.value, "ワンタイムパスワードを利用しない"),
)
"""利用選択, as the guide words it."""
UNCHOSEN = "ワンタイムパスワードを利用するかどうかを選んでください。"
_NOT_AN_ADDRESS = "の形になっていません。例のように入力してください。例：abc@def.co.jp"
_BETWEEN_DIGITS = re.compile(r"[\s\-‐‑–—−ー－]")


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


def _typed(label: str) -> InputRequired:
    return InputRequired(f"{label}を入力してください。")


def _twice(first: str, label: str) -> list[InputRequired | EqualTo]:
    return [
        InputRequired(f"{label}をもう一度入力してください。"),
        EqualTo(first, f"{label}と一致していません。同じものをもう一度入力してください。"),
    ]


def _add(field: Field, sentences: list[str]) -> None:
    """Beside what is said of the field already; of an empty one that is enough."""
    if field.data:
        field.errors = [*field.errors, *sentences]


class ChoiceForm(FlaskForm):
    """OTP-1"""

    use = StringField(
        "ワンタイムパスワードの利用", [InputRequired(UNCHOSEN), AnyOf([use for use, _ in USES], UNCHOSEN)]
    )


class RegistrationForm(FlaskForm):
    """Everything twice (OTP-2). Confirmation ID and password are taken as typed; around an address spaces go."""

    address = StringField("メールアドレス", [_typed("メールアドレス")], filters=[_stripped])
    address_again = StringField("メールアドレス(再入力)", _twice("address", "メールアドレス"), filters=[_stripped])
    confirmation_id = StringField("確認用ID", [_typed("確認用ID")])
    confirmation_id_again = StringField("確認用ID(再入力)", _twice("confirmation_id", "確認用ID"))
    confirmation_password = PasswordField("確認用パスワード", [_typed("確認用パスワード")])
    confirmation_password_again = PasswordField(
        "確認用パスワード(再入力)", _twice("confirmation_password", "確認用パスワード")
    )

    def tell(self, rejected: RegistrationRejected) -> None:
        """Put every reason beside its field (OTP-4, OTP-5)."""
        details = rejected.details
        _add(self.address, ["メールアドレス" + _NOT_AN_ADDRESS] if details.address_invalid else [])
        _add(self.confirmation_id, faults_of("確認用ID", details.confirmation_id))
        _add(self.confirmation_password, faults_of("確認用パスワード", details.confirmation_password))


class AddressForm(FlaskForm):
    """OTP-10"""

    address = StringField("変更後のメールアドレス", [_typed("変更後のメールアドレス")], filters=[_stripped])
    address_again = StringField(
        "変更後のメールアドレス (再入力)", _twice("address", "変更後のメールアドレス"), filters=[_stripped]
    )

    def tell(self, rejected: RegistrationRejected) -> None:
        """Put the reason beside its field."""
        _add(self.address, ["変更後のメールアドレス" + _NOT_AN_ADDRESS] if rejected.details.address_invalid else [])


class PairForm(FlaskForm):
    """What was registered, both (OTP-10)."""

    confirmation_id = StringField("確認用ID", [_typed("確認用ID")])
    confirmation_password = PasswordField("確認用パスワード", [_typed("確認用パスワード")])


def as_code(text: str) -> str:
    """A one-time password in its one form: full-width digits, spaces and hyphens are accepted."""
    return _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))


def _a_code(_form: FlaskForm, field: Field) -> None:
    """What cannot be one is no guess, and is not counted."""
    if not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", as_code(field.data or "")):
        raise ValidationError(f"ワンタイムパスワードは{CODE_DIGITS}桁の数字です。メールのとおりに入力してください。")


class CodeForm(FlaskForm):
    """OTP-6"""

    code = StringField("ワンタイムパスワード", [_typed("ワンタイムパスワード"), _a_code])


class ConfirmationIdForm(FlaskForm):
    """OTP-13; IDs are shown as they are typed."""

    present = StringField("変更前の確認用ID", [_typed("変更前の確認用ID")])
    new = StringField("変更後の確認用ID", [_typed("変更後の確認用ID")])
    again = StringField("変更後の確認用ID(再入力)", [InputRequired("変更後の確認用IDをもう一度入力してください。")])

    def tell(self, rejected: ConfirmationRejected) -> None:
        """Put every reason beside its field."""
        _tell_of_change(self, rejected, "確認用ID")


class ConfirmationPasswordForm(FlaskForm):
    """OTP-13"""

    present = PasswordField("変更前のパスワード", [_typed("変更前のパスワード")])
    new = PasswordField("変更後のパスワード", [_typed("変更後のパスワード")])
    again = PasswordField(
        "変更後のパスワード(再入力)", [InputRequired("変更後のパスワードをもう一度入力してください。")]
    )

    def tell(self, rejected: ConfirmationRejected) -> None:
        """Put every reason beside its field."""
        _tell_of_change(self, rejected, "パスワード")


def _tell_of_change(
    form: ConfirmationIdForm | ConfirmationPasswordForm, rejected: ConfirmationRejected, name: str
) -> None:
    if rejected.details.present_wrong:
        _add(form.present, [f"変更前の{name}が違います。入力し直してください。"])
    _add(form.new, faults_of(f"変更後の{name}", rejected.details.faults))
    if RegistrationFault.NOT_REPEATED in rejected.details.faults:
        _add(form.again, [f"変更後の{name}と一致していません。同じものをもう一度入力してください。"])
