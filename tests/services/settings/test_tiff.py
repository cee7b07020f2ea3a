"""Faxes are shown as they looked on paper, and no document harms the service that reads it (FEAT-2)."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, PdfParser

from contracts.settings.fax_inbox import DocumentFault
from services.settings.tiff import TiffReader, Unreadable
from tests.services.settings import faxes
from tests.services.settings.faxes import FINE, HOSTILE, STANDARD, fax

pytestmark = pytest.mark.rule("FEAT-2")
ROOT = Path(__file__).parents[3]
ENCODINGS = [("group4", 0), ("group3", 0), ("group3", 1), ("tiff_ccitt", 0), ("packbits", 0)]


@pytest.fixture(scope="module")
def reader() -> TiffReader:
    return TiffReader(most_pages=100, most_bytes=10 * 1024 * 1024)


@pytest.mark.parametrize(("compression", "options"), ENCODINGS)
def test_every_encoding_of_fax_machines_is_read(reader: TiffReader, compression: str, options: int):
    assert reader.pages_in([fax(3, compression=compression, options=options)]) == 3


@pytest.mark.parametrize("dpi", [STANDARD, FINE, (204, 391)])
def test_a_circle_on_paper_is_a_circle_on_the_screen(reader: TiffReader, dpi: tuple[int, int]):
    shown = Image.open(io.BytesIO(reader.preview([fax(1, dpi=dpi)], 1))).convert("L")
    assert shown.width / shown.height == pytest.approx(5.8 / 8.3, rel=0.01)
    inside = shown.crop((20, 20, shown.width - 20, round(shown.height * 3.3 / 8.3)))
    drawn = ImageChops.invert(inside).point(lambda dark: 255 if dark > 60 else 0).getbbox()
    assert drawn is not None
    left, top, right, bottom = drawn
    assert right - left == pytest.approx(bottom - top, abs=4)


def test_each_page_has_a_preview_of_its_own(reader: TiffReader):
    document = fax(3)
    previews = [reader.preview([document], place) for place in (1, 2, 3)]
    assert len(set(previews)) == 3
    dark = [sum(Image.open(io.BytesIO(one)).convert("L").histogram()[:128]) for one in previews]
    assert dark == sorted(dark)


def test_the_document_may_come_in_any_parts(reader: TiffReader):
    document = fax(2)
    parts = [document[start : start + 1000] for start in range(0, len(document), 1000)]
    assert reader.preview(parts, 2) == reader.preview([document], 2)


@pytest.mark.parametrize(("compression", "dpi"), [("group4", FINE), ("group3", STANDARD)])
def test_the_pdf_has_every_page_in_its_own_size_with_the_very_dots(
    reader: TiffReader, compression: str, dpi: tuple[int, int]
):
    made = reader.pdf([fax(3, compression=compression, dpi=dpi)])
    parsed = PdfParser.PdfParser(buf=made)
    assert len(parsed.pages) == 3
    box = parsed.read_indirect(parsed.pages[0])[b"MediaBox"]
    assert [float(one) for one in box] == pytest.approx([0, 0, 5.8 * 72, 8.3 * 72], abs=1)
    pictures = re.findall(rb"/Width (\d+) /Height (\d+) .*?/Length (\d+) >>\nstream\n", made)
    starts = [found.end() for found in re.finditer(rb"/Length \d+ >>\nstream\n", made)][1::2]
    for number, (found, start) in enumerate(zip(pictures, starts, strict=True), start=1):
        width, height, length = map(int, found)
        wrapped = faxes.bare(width, height, compression=4, data=made[start : start + length])
        assert Image.open(io.BytesIO(wrapped)).tobytes() == faxes.page(number, dpi).tobytes()


def test_greys_come_through_too(reader: TiffReader):
    document = fax(1, compression="packbits", mode="L")
    assert reader.pages_in([document]) == 1
    assert b"/BitsPerComponent 8" in reader.pdf([document])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_by_name_and_the_next_one_is_read(reader: TiffReader, name: str):
    make, expected = HOSTILE[name]
    try:
        reader.pages_in([make()])
        outcome = "read"
    except Unreadable as unreadable:
        outcome = unreadable.fault.value
    assert outcome in expected.split()


def test_after_all_of_them_the_reader_still_reads(reader: TiffReader):
    assert reader.pages_in([fax(1)]) == 1


def test_a_document_over_the_limits_is_refused():
    with pytest.raises(Unreadable) as refused:
        TiffReader(most_pages=2, most_bytes=10**6).pages_in([fax(3)])
    assert refused.value.fault is DocumentFault.TOO_MANY_PAGES
    with pytest.raises(Unreadable) as refused:
        TiffReader(most_pages=2, most_bytes=100).pages_in([fax(1)])
    assert refused.value.fault is DocumentFault.TOO_LARGE


def test_a_reader_that_dies_before_it_has_read_all_holds_up_nobody_among_green_threads():
    """As the service runs it. A pipe would be written to for ever."""
    program = [sys.executable, "-W", "ignore", "-m", "tests.services.settings.green_reader"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.stdout.split() == ["too_large", "too_large", "too_large", "1"], done.stderr


def test_whoever_takes_too_much_time_or_memory_is_ended():
    """A page of forty million dots, again and again."""
    heavy = faxes.bare(8000, 4900, data=b"\0" * (1000 * 4900))
    chain = bytearray(heavy)
    start, length = len(heavy), 2 + 9 * 12 + 4
    body = heavy[8 : 8 + length - 4]
    chain[8 + length - 4 : 8 + length] = struct.pack("<I", start)
    for place in range(98):
        chain += body + struct.pack("<I", start + (place + 1) * length if place < 97 else 0)
    with pytest.raises(Unreadable) as refused:
        TiffReader(most_pages=100, most_bytes=10**7, seconds=1).pages_in([bytes(chain)])
    assert refused.value.fault is DocumentFault.TOO_HARD


def test_a_document_that_cannot_be_had_whole_is_not_called_broken(reader: TiffReader):
    """The database went away between two parts."""

    def parts() -> Iterator[bytes]:
        yield fax(2)[:100]
        raise ConnectionAbortedError("the database is away")

    def parts_of_another_kind() -> Iterator[bytes]:
        yield fax(2)[:100]
        raise LookupError("no such part")

    for failing in (parts, parts_of_another_kind):
        with pytest.raises((ConnectionAbortedError, LookupError)):
            reader.pages_in(failing())


def test_the_example_of_the_readme_is_a_fax(reader: TiffReader):
    example = Path(__file__).resolve().parents[3] / "docs" / "examples" / "fax.tiff"
    assert reader.pages_in([example.read_bytes()]) == 2
