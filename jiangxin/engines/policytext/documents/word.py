"""Word .docx: paragraphs, automatic numbers, text boxes and tables in reading order."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from jiangxin.engines.policytext.documents.model import ACCEPTED, ReadDocument, UnreadableDocument
from jiangxin.engines.policytext.documents.numbering import Numbering

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
# What unpacking may cost; official documents stay far below.
_MAX_UNPACKED = 200_000_000
_SAVE_AGAIN = "Open it in Word or WPS, save it again as .docx, and give that file."
_OTHERS = (
    ("xl/workbook.xml", "an Excel workbook"),
    ("ppt/presentation.xml", "a presentation"),
    ("OFD.xml", "an OFD document"),
    ("content.xml", "an OpenDocument file"),
)
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    EOFError,
    OSError,
    NotImplementedError,
    ValueError,
)
# Wrappers without meaning for the text: content controls, accepted insertions, tags, links.
_TRANSPARENT = {
    _W + tag
    for tag in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "hyperlink", "r")
} | {_W + "fldSimple", _MC + "AlternateContent", _MC + "Choice"}


def read_docx(data: bytes) -> ReadDocument:
    """Read a .docx; headers, footers, notes and deleted words are left out.

    A table row is one line, its cells separated by tabs; a cell merged from above or
    from the left is empty, so that columns stay columns.

    Raises:
        UnreadableDocument: not a Word document, broken, encrypted or too large unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _parts(archive)
    except UnreadableDocument:
        raise
    except _DAMAGE as error:
        raise _broken() from error
    try:
        trees = {name: _xml(content) for name, content in parts.items()}
        numbering = Numbering(trees.get("numbering"), trees.get("styles"))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _broken() from error
    body = trees["document"].find(_W + "body")
    if body is None:
        raise _broken()
    lines = list(_lines(body, numbering))
    return ReadDocument("\n".join(lines) + "\n" if any(lines) else "", "", "docx")


def _broken() -> UnreadableDocument:
    return UnreadableDocument("broken", f"The .docx file is damaged or incomplete. {_SAVE_AGAIN}")


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    names = set(archive.namelist())
    if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
        raise UnreadableDocument(
            "too_large", "Unpacked, the .docx file is far larger than a text. Give it as .txt."
        )
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        raise UnreadableDocument(
            "encrypted", "The file is protected by a password. Remove it and give the file again."
        )
    main = _main_part(archive) if "_rels/.rels" in names else "word/document.xml"
    if main not in names or not main.endswith(".xml") or main.startswith(("xl/", "ppt/")):
        what = next((what for part, what in _OTHERS if part in names), "an archive")
        raise UnreadableDocument(
            "unknown_kind",
            f"The file is {what}, not a Word document. {ACCEPTED}",
        )
    folder = main.rpartition("/")[0]
    wanted = {
        "document": main,
        "numbering": f"{folder}/numbering.xml",
        "styles": f"{folder}/styles.xml",
    }
    return {key: archive.read(name) for key, name in wanted.items() if name in names}


def _main_part(archive: zipfile.ZipFile) -> str:
    for relation in _xml(archive.read("_rels/.rels")).iter(_RELS + "Relationship"):
        if str(relation.get("Type", "")).endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    return ""


def _xml(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(content, parser)


def _lines(parent: Any, numbering: Numbering) -> Iterator[str]:
    for element in parent:
        if element.tag == _W + "p":
            yield from _paragraph(element, numbering)
        elif element.tag == _W + "tbl":
            yield from _table(element, numbering)
        elif element.tag in _TRANSPARENT:
            yield from _lines(element, numbering)


def _paragraph(paragraph: Any, numbering: Numbering) -> Iterator[str]:
    # A text box hangs on the paragraph that follows it on the page: a letterhead, mostly.
    for box in _boxes(paragraph):
        yield from _lines(box, numbering)
    text = "".join(_runs(paragraph))
    number = numbering.next(paragraph) if text.strip() else ""
    yield from (number + text).split("\n")


def _boxes(paragraph: Any) -> Iterator[Any]:
    for box in paragraph.iter(_W + "txbxContent"):
        fallback = any(a.tag == _MC + "Fallback" for a in box.iterancestors())
        nested = any(a.tag == _W + "txbxContent" for a in box.iterancestors())
        if not fallback and not nested:
            yield box


def _runs(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag in _TRANSPARENT:
            yield from _runs(child)
        elif child.tag == _W + "t":
            yield child.text or ""
        elif child.tag in (_W + "br", _W + "cr"):
            yield "\n"
        elif child.tag == _W + "tab":
            yield "\t"
        elif child.tag == _W + "noBreakHyphen":
            yield "-"


def _table(table: Any, numbering: Numbering) -> Iterator[str]:
    for row in _through(table, _W + "tr"):
        cells: list[str] = []
        for cell in _through(row, _W + "tc"):
            properties = cell.find(_W + "tcPr")
            lines = (line.strip() for line in _lines(cell, numbering))
            text = " ".join(line.replace("\t", " ") for line in lines if line)
            if _merged_from_above(properties):
                text = ""
            cells += [text] + [""] * (_span(properties) - 1)
        yield "\t".join(cells)


def _through(parent: Any, tag: str) -> Iterator[Any]:
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in _TRANSPARENT:
            yield from _through(child, tag)


def _merged_from_above(properties: Any) -> bool:
    merge = properties.find(_W + "vMerge") if properties is not None else None
    return merge is not None and merge.get(_W + "val", "continue") == "continue"


def _span(properties: Any) -> int:
    span = properties.find(_W + "gridSpan") if properties is not None else None
    value = span.get(_W + "val", "1") if span is not None else "1"
    return min(int(value), 64) if value.isdigit() and int(value) > 0 else 1
