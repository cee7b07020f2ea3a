"""What a caller hears that is no turn of the dialogue: the dialogue itself could not be reached."""

from __future__ import annotations

WAIT = "ただいま確認しています。そのままお待ちください。"
SORRY = (
    "申し訳ございません。ただいま、お手続きを続けることができません。"
    "恐れ入りますが、しばらくたってから、はじめからおかけ直しください。"
)
"""Neither that something was set nor that nothing was: the answer that would tell has not come."""
