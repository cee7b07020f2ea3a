"""Where lines may end: at the seams of a compound, never within a phone number."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from gateway.line_breaks import at_seams, numbers_whole

pytestmark = pytest.mark.rule("SITE-2")


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("ワンタイムパスワード受信用メールアドレス変更", ["ワンタイムパスワード", "受信用", "メールアドレス", "変更"]),
        ("ワンタイムパスワード利用情報 仮登録", ["ワンタイムパスワード", "利用情報 仮登録"]),
        ("確認用ID変更", ["確認用ID変更"]),
        ("サービス選択", ["サービス", "選択"]),
    ],
)
def test_a_compound_ends_a_line_between_its_words_only(title, parts):
    whole = ET.fromstring(f"<p>{at_seams(title)}</p>")
    assert "".join(whole.itertext()) == title, "it is read out as it was"
    assert ([part.text for part in whole.findall("span/span")] or [whole.text]) == parts


def test_a_phone_number_in_a_sentence_is_kept_on_one_line():
    told = numbers_whole("03-1111-0000：なし → 090-1234-5678")
    assert told == '<span class="number">03-1111-0000</span>：なし → <span class="number">090-1234-5678</span>'


def test_what_somebody_typed_stays_text():
    assert at_seams("<b>") == numbers_whole("<b>") == "&lt;b&gt;"
