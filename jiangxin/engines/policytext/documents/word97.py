"""Word 97–2003 .doc: main text, text boxes and tables.

`legacy_doc` opens the compound file. Its own text drops the borders of table cells, so
the pieces are read here ([MS-DOC] 2.4.1), and its text is the fallback.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from legacy_doc import (
    ExtractionOptions,
    LegacyDocError,
    extract_text,
)
from legacy_doc.ole import OleReader

from jiangxin.engines.policytext.documents.model import ACCEPTED, ReadDocument, UnreadableDocument

_SAVE_AS_DOCX = "Open it in Word or WPS, save it as .docx, and give that file."
_FIB_ENCRYPTED, _FIB_TABLE_1 = 0x0100, 0x0200
_AT_TEXT_LENGTHS, _AT_PARAGRAPHS, _AT_PIECES = 0x4C, 0x102, 0x1A2
_SPRM_IN_TABLE, _SPRM_ROW_END, _SPRM_LIST = 0x2416, 0x2417, 0x460B
_OPERAND_SIZES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
_FKP_SIZE = 512
_KEPT_CONTROLS = {"\t": "\t", "\x0b": "\n", "\x0c": "\n", "\x1e": "-"}


@dataclass(frozen=True, slots=True)
class _Paragraph:
    in_table: bool = False
    row_end: bool = False
    numbered: bool = False


def read_doc(data: bytes) -> ReadDocument:
    """Read a .doc; a table row is one line, its cells separated by tabs.

    Raises:
        UnreadableDocument: encrypted, damaged, older than Word 97 or not a Word file.
    """
    options = ExtractionOptions(max_file_bytes=max(len(data), 1), max_text_bytes=50_000_000)
    try:
        compound = OleReader(data, options=options)
    except (LegacyDocError, struct.error, IndexError) as error:
        raise UnreadableDocument(
            "broken", f"The .doc file is damaged or incomplete. {_SAVE_AS_DOCX}"
        ) from error
    if compound.has_stream("EncryptedPackage") or compound.has_stream("EncryptionInfo"):
        raise _encrypted()
    if not compound.has_stream("WordDocument"):
        raise UnreadableDocument(
            "unknown_kind",
            f"The file is an Office file of the old format, but not a Word document. {ACCEPTED}",
        )
    try:
        main = compound.read_stream("WordDocument")
        flags, version = _u16(main, 0x0A), _u16(main, 0x02)
        if flags & _FIB_ENCRYPTED:
            raise _encrypted()
        if version < 0xC1:
            raise UnreadableDocument(
                "unknown_kind", f"The .doc file is older than Word 97. {_SAVE_AS_DOCX}"
            )
        table = compound.read_stream("1Table" if flags & _FIB_TABLE_1 else "0Table")
        return _Story(main, table).read()
    except (LegacyDocError, struct.error, IndexError) as error:
        return _without_tables(data, options, error)


def _without_tables(data: bytes, options: ExtractionOptions, cause: Exception) -> ReadDocument:
    try:
        text = extract_text(data, options=options).text
    except (LegacyDocError, struct.error, IndexError):
        raise UnreadableDocument(
            "broken", f"The .doc file is damaged or incomplete. {_SAVE_AS_DOCX}"
        ) from cause
    return ReadDocument(
        text + "\n", "", "doc", (f"The borders of table cells were lost. {_SAVE_AS_DOCX}",)
    )


def _encrypted() -> UnreadableDocument:
    return UnreadableDocument(
        "encrypted", "The file is protected by a password. Remove it and give the file again."
    )


class _Story:
    """The characters of a document with what is known of each paragraph."""

    def __init__(self, main: bytes, table: bytes) -> None:
        self.main = main
        self.text, self.places = self._pieces(table)
        self.starts, self.ends, self.properties = self._paragraphs(table)

    def read(self) -> ReadDocument:
        lengths = struct.unpack_from("<8I", self.main, _AT_TEXT_LENGTHS)
        body = lengths[0]
        # footnotes, headers, (reserved), comments and endnotes stand between body and boxes
        box_start = body + lengths[1] + lengths[2] + lengths[4] + lengths[5]
        lines = list(self._lines(0, body))
        boxes = [line for line in self._lines(box_start, box_start + lengths[6]) if line.strip()]
        warnings = []
        if boxes:
            warnings.append("Text boxes stand before the text; their place is not known.")
        if any(properties.numbered for properties in self.properties):
            warnings.append(f"Automatic list numbers are not kept in .doc. {_SAVE_AS_DOCX}")
        text = "\n".join(boxes + lines).strip("\n") + "\n"
        return ReadDocument(text, "", "doc", tuple(warnings))

    def _pieces(self, table: bytes) -> tuple[str, list[tuple[int, int, int]]]:
        """Join the pieces; places are (first position, file offset, bytes a character)."""
        at, size = struct.unpack_from("<2I", self.main, _AT_PIECES)
        clx, end = at, at + size
        while clx < end and table[clx] == 1:  # property modifiers stand before the pieces
            clx += 3 + _u16(table, clx + 1)
        if clx >= end or table[clx] != 2:
            raise LegacyDocError("no piece table")
        count = (struct.unpack_from("<I", table, clx + 1)[0] - 4) // 12
        positions = struct.unpack_from(f"<{count + 1}I", table, clx + 5)
        parts, places = [], []
        for i in range(count):
            offset = struct.unpack_from("<I", table, clx + 5 + 4 * (count + 1) + 8 * i + 2)[0]
            width = 1 if offset & 0x40000000 else 2
            offset = (offset & 0x3FFFFFFF) // 2 if width == 1 else offset
            raw = self.main[offset : offset + (positions[i + 1] - positions[i]) * width]
            # surrogatepass: positions count UTF-16 units, so both halves must stay
            parts.append(raw.decode("cp1252", "replace") if width == 1 else _utf16_units(raw))
            places.append((positions[i], offset, width))
        return "".join(parts), places

    def _paragraphs(self, table: bytes) -> tuple[list[int], list[int], list[_Paragraph]]:
        """Read start and end (file offsets) and properties of all paragraphs."""
        at, size = struct.unpack_from("<2I", self.main, _AT_PARAGRAPHS)
        count = (size - 4) // 8
        pages = struct.unpack_from(f"<{count}I", table, at + 4 * (count + 1)) if count > 0 else ()
        found = []
        for number in pages:
            page = self.main[number * _FKP_SIZE : (number + 1) * _FKP_SIZE]
            runs = page[_FKP_SIZE - 1]
            bounds = struct.unpack_from(f"<{runs + 1}I", page, 0)
            for i in range(runs):
                offset = 2 * page[4 * (runs + 1) + 13 * i]
                found.append((bounds[i], bounds[i + 1], _properties(page, offset)))
        found.sort(key=lambda item: item[:2])
        return [f[0] for f in found], [f[1] for f in found], [f[2] for f in found]

    def _at(self, position: int) -> _Paragraph:
        piece = bisect_right(self.places, position, key=lambda place: place[0]) - 1
        first, offset, width = self.places[piece]
        offset += (position - first) * width
        i = bisect_right(self.starts, offset) - 1
        return self.properties[i] if i >= 0 and offset < self.ends[i] else _Paragraph()

    def _lines(self, start: int, end: int) -> Iterator[str]:
        cells: list[str] = []
        current: list[str] = []
        # A field is 0x13 instruction 0x14 result 0x15; only the result is printed.
        fields: list[bool] = []
        for position in range(start, min(end, len(self.text))):
            c = self.text[position]
            if c == "\x13":
                fields.append(True)
            elif c == "\x14" and fields:
                fields[-1] = False
            elif c == "\x15" and fields:
                fields.pop()
            elif any(fields):
                continue
            elif c == "\x07":
                if self._at(position).row_end:
                    yield "\t".join(cells)
                    cells, current = [], []
                else:
                    cells.append(_joined(current).replace("\n", " ").replace("\t", " ").strip())
                    current = []
            elif c == "\r" and self._at(position).in_table:
                current.append(" ")
            elif c == "\r":
                yield from _joined(current).split("\n")
                current = []
            elif c >= " " and c != "\x1f":
                current.append(c)
            elif c in _KEPT_CONTROLS:
                current.append(_KEPT_CONTROLS[c])
        if current:
            yield _joined(current)


def _properties(page: bytes, offset: int) -> _Paragraph:
    if offset == 0:
        return _Paragraph()
    size = page[offset]
    first = offset + 1
    if size == 0:
        size = 2 * page[first]
        first += 1
    else:
        size = 2 * size - 1
    return _modified(page[first + 2 : first + size])


def _modified(modifiers: bytes) -> _Paragraph:
    in_table = row_end = numbered = False
    at = 0
    while at + 2 <= len(modifiers):
        code = _u16(modifiers, at)
        at += 2
        if code == 0xD608:  # table definition: two bytes of length, counted from one
            at += 1 + _u16(modifiers, at)
            continue
        size = _OPERAND_SIZES.get(code >> 13)
        if size is None:
            size = 1 + (modifiers[at] if at < len(modifiers) else 0)
        operand = modifiers[at : at + size]
        in_table |= code == _SPRM_IN_TABLE and any(operand)
        row_end |= code == _SPRM_ROW_END and any(operand)
        numbered |= code == _SPRM_LIST and any(operand)
        at += size
    return _Paragraph(in_table, row_end, numbered)


def _utf16_units(raw: bytes) -> str:
    return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) // 2 * 2])))


def _joined(characters: list[str]) -> str:
    text = "".join(characters)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _u16(data: bytes, offset: int) -> int:
    return int(struct.unpack_from("<H", data, offset)[0])
