"""Reads one TIFF that a stranger made, in a process of its own that lives for one task and may die of it (FEAT-2).

`python -I tiff_child.py TASK LIMITS [PAGE]`: the TIFF comes by standard input, the result goes to standard output; exit
code 0, or `REFUSED` with the name of the fault as the result. Anything else, a signal included, is the parent's to judge.
It gets no environment, so it knows no secret but the one document. Imports nothing of ours but the writer of PDF beside it.
"""

from __future__ import annotations

import io
import json
import resource
import runpy
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import TiffImageFile

REFUSED = 3
COMPRESSIONS = {"raw", "packbits", "tiff_ccitt", "group3", "group4"}
"""What fax machines and gateways write (RFC 2301). Every further decoder would be one more door for strangers."""
MODES = {"1", "L"}
WIDEST, LONGEST = 10_000, 40_000
MOST_DOTS = 40_000_000
"""An A3 page at 400 dpi has 31 million."""
USUAL_DPI = (204.0, 196.0)
"""Of a fax in fine quality; taken where the file says nothing sensible."""
PREVIEW_DPI = 110.0
PREVIEW_WIDEST, PREVIEW_LONGEST = 1200, 4000
GREYS = 16


class Refused(Exception):
    """The document is quarantined; the text is one of `DocumentFault`."""


def main() -> None:
    """One task."""
    task, limits = sys.argv[1], json.loads(sys.argv[2])
    restrain(memory=limits["memory"], seconds=limits["seconds"])
    given = sys.stdin.buffer.read(limits["bytes"] + 1)
    try:
        result = TASKS[task](given, limits, *map(int, sys.argv[3:]))
    except Refused as refused:
        sys.stdout.write(str(refused))
        sys.exit(REFUSED)
    except MemoryError:
        sys.stdout.write("too_hard")
        sys.exit(REFUSED)
    except Exception:  # noqa: BLE001  # a decoder can fail in any way at all; its text is of no use to anybody
        sys.stdout.write("broken")
        sys.exit(REFUSED)
    sys.stdout.buffer.write(result)


def restrain(*, memory: int, seconds: int) -> None:
    """Before a byte is looked at: so much address space and processor time, no core dump, no files to write."""
    wanted = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for limit, most in wanted:
        with suppress(
            OSError, ValueError
        ):  # macOS has no limit of address space; the parent's clock is there all the same
            resource.setrlimit(limit, (most, most))


# --- tasks -------------------------------------------------------------------------------------------------------


def inspect(given: bytes, limits: dict[str, Any]) -> bytes:
    """Decode every page once, so that what is accepted can be shown: `{"pages": n}`."""
    count = 0
    for page in pages(given, limits):
        page.load()
        count += 1
    return json.dumps({"pages": count}).encode()


def preview(given: bytes, limits: dict[str, Any], number: int) -> bytes:
    """One page, from 1, as PNG with square dots: a fax has twice as many across as down, or half as many."""
    from PIL import Image

    for place, page in enumerate(pages(given, limits), start=1):
        if place == number:
            across, down = dpi_of(page)
            size = fitting(page.width / across * PREVIEW_DPI, page.height / down * PREVIEW_DPI)
            shown = page.convert("L").resize(size, Image.Resampling.BOX, reducing_gap=None)
            written = io.BytesIO()
            shown.quantize(GREYS).save(written, "PNG", optimize=True)
            return written.getvalue()
    raise Refused("broken")


def pdf(given: bytes, limits: dict[str, Any]) -> bytes:
    """All pages as PDF, each as large as its paper was."""
    writer = runpy.run_path(str(Path(__file__).with_name("fax_pdf.py")))  # no package of ours is in reach here

    def sheets() -> Iterator[Any]:
        for page in pages(given, limits):
            across, down = dpi_of(page)
            inches = (page.width / across, page.height / down)
            yield writer["Sheet"](page.width, page.height, inches, *compressed(page))

    return bytes(writer["document"](sheets()))


TASKS: dict[str, Callable[..., bytes]] = {"inspect": inspect, "preview": preview, "pdf": pdf}


# --- reading -----------------------------------------------------------------------------------------------------


def pages(given: bytes, limits: dict[str, Any]) -> Iterator[TiffImageFile]:
    """Each page in turn, not decoded yet. Raises `Refused`."""
    from PIL import Image, TiffImagePlugin

    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = MOST_DOTS
    if len(given) > limits["bytes"]:
        raise Refused("too_large")
    if given[:4] not in {b"II*\0", b"MM\0*"}:
        raise Refused("not_a_fax")
    with TiffImagePlugin.TiffImageFile(io.BytesIO(given)) as image:
        place = 0
        while True:
            _look_at(image)
            yield image
            place += 1
            try:
                image.seek(place)
            except EOFError:
                return
            if place >= limits["pages"]:
                raise Refused("too_many_pages")


def _look_at(page: TiffImageFile) -> None:
    if page.mode not in MODES or page.info.get("compression") not in COMPRESSIONS:
        raise Refused("not_a_fax")
    if page.width < 1 or page.height < 1:
        raise Refused("broken")
    if page.width > WIDEST or page.height > LONGEST or page.width * page.height > MOST_DOTS:
        raise Refused("too_large")


def dpi_of(page: TiffImageFile) -> tuple[float, float]:
    """Dots per inch across and down."""
    told = page.info.get("dpi") or (0, 0)
    across, down = (float(one) for one in told)
    sensible = all(50 <= one <= 1300 for one in (across, down)) and 1 / 5 <= across / down <= 5  # noqa: PLR2004
    return (across, down) if sensible else USUAL_DPI


def fitting(width: float, height: float) -> tuple[int, int]:
    """The size of a preview: within its bounds, in proportion."""
    scale = min(1.0, PREVIEW_WIDEST / width, PREVIEW_LONGEST / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def compressed(page: TiffImageFile) -> tuple[str, bytes]:
    """The page's dots as a filter of PDF reads them: G4 for black and white, deflated greys for the rest."""
    import zlib

    from PIL import Image, TiffImagePlugin

    if page.mode != "1":
        return "FlateDecode", zlib.compress(page.tobytes())
    bare = Image.new("1", page.size)
    bare.paste(page)  # without the tags that the sender chose
    written = io.BytesIO()
    tags = {TiffImagePlugin.ROWSPERSTRIP: page.height, TiffImagePlugin.PHOTOMETRIC_INTERPRETATION: 0}
    bare.save(written, "TIFF", compression="group4", tiffinfo=tags)
    with TiffImagePlugin.TiffImageFile(io.BytesIO(written.getvalue())) as single:
        (start,), (length,) = (
            single.tag_v2[TiffImagePlugin.STRIPOFFSETS],
            single.tag_v2[TiffImagePlugin.STRIPBYTECOUNTS],
        )
    return "CCITTFaxDecode", written.getvalue()[start : start + length]


if __name__ == "__main__":
    main()
