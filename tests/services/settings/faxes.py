"""Faxes as machines send them, made by libtiff, and such as nobody should open."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image, ImageDraw, TiffImagePlugin

STANDARD, FINE = (204, 98), (204, 196)


def page(number: int = 1, dpi: tuple[int, int] = FINE, mode: str = "1") -> Image.Image:
    """A5 paper with a frame, a circle that is round on paper, and as many bars as the page's number."""
    across, down = dpi
    width, height = round(5.8 * across), round(8.3 * down)
    image = Image.new(mode, (width, height), 1 if mode == "1" else 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((2, 2, width - 3, height - 3), outline=0, width=3)
    draw.ellipse((across, down, across * 3, down * 3), outline=0, width=4)
    for bar in range(number):
        draw.rectangle((across, down * 4 + bar * 30, across * 4, down * 4 + bar * 30 + 14), fill=0)
    return image


def fax(
    count: int = 1, *, compression: str = "group4", dpi: tuple[int, int] = FINE, mode: str = "1", options: int = 0
) -> bytes:
    """A TIFF with so many pages. `options` is the tag T4Options: 1 for two-dimensional G3."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    if options:
        tags[292] = options
    first, *others = [page(number, dpi, mode) for number in range(1, count + 1)]
    written = io.BytesIO()
    first.save(written, "TIFF", compression=compression, dpi=dpi, save_all=True, append_images=others, tiffinfo=tags)
    return written.getvalue()


def directory(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """One IFD, little-endian: (tag, type, count, value) each, and where the next begins."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)


def bare(width: int, height: int, *, compression: int = 1, data: bytes = b"\0", following: int = 0) -> bytes:
    """A TIFF of one page whose tags say what they like."""
    start = 8 + 2 + 9 * 12 + 4
    entries = (
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 1), (259, 3, 1, compression), (262, 3, 1, 0),
        (273, 4, 1, start), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, len(data)),
    )  # fmt: skip
    return b"II*\0" + struct.pack("<I", 8) + directory(*entries, following=following) + data


def endless() -> bytes:
    """Two directories that point at each other."""
    first = bare(8, 8, data=b"\0" * 8)
    second = len(first)
    looped = bare(8, 8, data=b"\0" * 8, following=second)
    body = looped[8 : 8 + 2 + 9 * 12]
    return looped + body + struct.pack("<I", 8)


def many_pages(count: int) -> bytes:
    """As many directories as are asked for, all of one small picture."""
    start = 8
    length = 2 + 9 * 12 + 4
    data = start + count * length
    entries = (
        (256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, 0),
        (273, 4, 1, data), (277, 3, 1, 1), (278, 4, 1, 8), (279, 4, 1, 8),
    )  # fmt: skip
    chain = b"".join(
        directory(*entries, following=start + (place + 1) * length if place + 1 < count else 0)
        for place in range(count)
    )
    return b"II*\0" + struct.pack("<I", start) + chain + b"\0" * 8


def in_jpeg() -> bytes:
    written = io.BytesIO()
    page(mode="L").save(written, "TIFF", compression="jpeg")
    return written.getvalue()


def deflated_bomb() -> bytes:
    """39 million dots out of forty kilobytes."""
    return bare(8000, 4900, compression=8, data=zlib.compress(b"\0" * (1000 * 4900)))


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "not_a_fax"),
    "text": (lambda: b"Dear customer, " * 50, "not_a_fax"),
    "pdf": (lambda: b"%PDF-1.4\n" + b"x" * 500, "not_a_fax"),
    "head_only": (lambda: b"II*\0\x08\0\0\0", "broken"),
    "points_beyond_the_end": (lambda: b"II*\0\xff\xff\xff\x7f", "broken"),
    "truncated": (lambda: fax(3)[: len(fax(3)) // 3], "broken"),
    "no_dots": (lambda: bare(0, 100), "broken"),
    "dimensions_of_a_wall": (lambda: bare(200_000, 200_000), "too_large"),
    "roll_without_end": (lambda: bare(1728, 4_000_000, compression=4), "too_large"),
    "missing_dots": (lambda: bare(1728, 2000, data=b"\0" * 40), "broken"),
    "endless": (endless, "read"),
    "ten_thousand_and_one_pages": (lambda: many_pages(10_001), "too_many_pages"),
    "jpeg": (in_jpeg, "not_a_fax"),
    "deflated_bomb": (deflated_bomb, "not_a_fax"),
    "noise_as_g4": (lambda: bare(1728, 2000, compression=4, data=bytes(range(256)) * 20), "read broken"),
    "noise_as_g3": (lambda: bare(1728, 2000, compression=3, data=bytes(range(256)) * 20), "read broken"),
    "big_tiff": (lambda: b"II+\0\x08\0\0\0" + b"\0" * 64, "not_a_fax"),
}
"""By name: how it is made, and the fault that is expected; `read` where nothing is wrong with what is left of it, both
where it depends on the decoder what it makes of noise."""
