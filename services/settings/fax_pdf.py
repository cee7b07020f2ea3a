"""A PDF of pictures, one a page: the few objects that this takes, without date or producer, the same at every time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

POINTS = 72
"""Of PDF's own measure in an inch."""


class Sheet(NamedTuple):
    """One page. `inches` is the size of the paper."""

    width: int
    height: int
    inches: tuple[float, float]
    encoding: str
    content: bytes


def document(sheets: Iterable[Sheet]) -> bytes:
    """PDF 1.4. Each page has three objects: itself, how its picture is placed, and the picture."""
    objects: list[bytes] = [b"", b""]
    kids: list[int] = []
    for sheet in sheets:
        first = len(objects) + 1
        kids.append(first)
        objects += _objects(sheet, first)
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{listed}] >>".encode()
    return _file(objects)


def _objects(sheet: Sheet, first: int) -> list[bytes]:
    wide, high = (f"{inches * POINTS:.2f}" for inches in sheet.inches)
    page = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {wide} {high}] /Contents {first + 1} 0 R "
        f"/Resources << /XObject << /Fax {first + 2} 0 R >> >> >>"
    )
    placed = f"q {wide} 0 0 {high} 0 0 cm /Fax Do Q".encode()
    picture = f"/Type /XObject /Subtype /Image /Width {sheet.width} /Height {sheet.height} {_encoding(sheet)}"
    return [page.encode(), _stream("", placed), _stream(picture, sheet.content)]


def _encoding(sheet: Sheet) -> str:
    if sheet.encoding == "FlateDecode":
        return "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
    return (
        "/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode "
        f"/DecodeParms << /K -1 /Columns {sheet.width} /Rows {sheet.height} >>"
    )


def _stream(entries: str, content: bytes) -> bytes:
    return f"<< {entries} /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def _file(objects: list[bytes]) -> bytes:
    written = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = len(written)
    written += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    written += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    written += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(written)
