"""Every sentence of the dialogue has its sound, and the operators' list is complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway import telephone_words
from gateway.agi.call import OUTCOME
from gateway.agi.sounds import FOLDER, SENTENCES, Digits, NoSound, Sound, sounds_of
from services.tempcred import prompts
from services.tempcred.dialogue import Dialogue, Heard, Step

DOCS = Path(__file__).parents[3] / "docs" / "telephone-platforms.md"
NUMBER = "0300001111"


def everything_that_is_said() -> list[str]:
    asked = [Dialogue(at=step, number=NUMBER) for step in Step if step is not Step.SETTING]
    return [
        prompts.NO_LINE,
        prompts.NOT_POSSIBLE,
        prompts.NOT_CONFIRMED,
        prompts.welcome(),
        prompts.completed(NUMBER),
        telephone_words.WAIT,
        telephone_words.SORRY,
        *(prompts.after(dialogue, heard) for dialogue in asked for heard in Heard),
    ]


@pytest.mark.rule("TEMP-2")
def test_all_that_can_be_said_has_a_sound_and_no_sound_is_for_nothing():
    played = [sound for say in everything_that_is_said() for sound in sounds_of(say)]
    assert {sound.name for sound in played if isinstance(sound, Sound)} == {
        FOLDER + name for name in SENTENCES.values()
    }
    assert {sound.number for sound in played if isinstance(sound, Digits)} == {NUMBER}


@pytest.mark.parametrize("number", ["0300001111", "09012345678", "0120444444", "0455551234"])
def test_a_number_is_said_whole_and_once(number: str):
    digits, *sentences = sounds_of(prompts.completed(number))
    assert digits == Digits(number)
    assert next(sound.name for sound in sentences if isinstance(sound, Sound)) == "hikari/completed-for"


def test_a_sentence_without_a_sound_is_noticed():
    with pytest.raises(NoSound):
        sounds_of("仮パスワードの設定を承ります。ようこそ。")


def test_the_dialplan_that_is_shown_is_the_one_to_copy_and_plays_what_there_is():
    dialplan = (DOCS.parent / "examples" / "asterisk" / "extensions.conf").read_text(encoding="utf-8")
    assert f"```ini\n{dialplan}```" in DOCS.read_text(encoding="utf-8")
    excuse = re.findall(r"hikari/([a-z0-9-]+)", dialplan.split("Playback", 1)[1])
    assert set(excuse) <= set(SENTENCES.values())
    assert f'"${{{OUTCOME}}}"' in dialplan


def test_the_studio_is_given_the_same_list():
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.+?) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert {sentence: name for name, sentence in rows} == SENTENCES
