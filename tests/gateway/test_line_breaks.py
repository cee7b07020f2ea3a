"""Where lines may not end: within a phone number."""

from __future__ import annotations

import pytest

from gateway.line_breaks import numbers_whole

pytestmark = pytest.mark.rule("SITE-2")


def test_a_phone_number_in_a_sentence_is_kept_on_one_line():
    told = numbers_whole("03-1111-0000：なし → 090-1234-5678")
    assert told == '<span class="number">03-1111-0000</span>：なし → <span class="number">090-1234-5678</span>'


def test_what_somebody_typed_stays_text():
    assert numbers_whole("<b>") == "&lt;b&gt;"
