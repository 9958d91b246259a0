"""PDF: the text of each page, ruled tables as tab-separated rows."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import closing
from threading import Lock
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from jiangxin.engines.policytext.documents import plain
from jiangxin.engines.policytext.documents.model import ReadDocument, UnreadableDocument

_OCR = (
    "Run text recognition (OCR) over it, for example with WPS, Adobe Acrobat or OCRmyPDF, "
    "and give the result; or ask the issuer for the .docx."
)
# PDFium keeps global state; two threads of a server must not be inside it at once.
_PDFIUM = Lock()
# A table needs at least this many ruled lines; a letterhead has one or two.
_TABLE_LINES = 6
_PAGE_NUMBER = re.compile(
    r"[\s—–\-－·]*\d{1,4}[\s—–\-－·]*|第\s*\d+\s*页(\s*[，,/]?\s*共\s*\d+\s*页)?"
)


def read_pdf(data: bytes) -> ReadDocument:
    """Read the text layer of a PDF; page numbers at the edge of a page are left out.

    Raises:
        UnreadableDocument: encrypted, damaged, or pictures without a text layer.
    """
    with _PDFIUM:
        pages, ruled = _pages(data)
    without = [str(i + 1) for i, text in enumerate(pages) if not text.strip()]
    if len(without) == len(pages):
        raise UnreadableDocument(
            "scanned", f"The PDF holds pictures of pages without text (a scan). {_OCR}"
        )
    if not plain.is_readable("".join(pages)):
        raise UnreadableDocument(
            "undecodable",
            f"The PDF has a text layer, but its fonts do not say which characters. {_OCR}",
        )
    warnings = [f"No text on page {', '.join(without)} (pictures?). {_OCR}"] if without else []
    try:
        for number, text in _with_tables(data, ruled):
            pages[number] = text
    except Exception:  # noqa: BLE001 -- pdfminer lets any error of a damaged file through
        warnings.append("The tables could not be read as rows; their words stand in the text.")
    text = "\n\n".join(_without_page_number(page) for page in pages if page.strip())
    return ReadDocument(text + "\n", "", "pdf", tuple(warnings))


def _pages(data: bytes) -> tuple[list[str], list[int]]:
    """Read the text of each page, and which pages have ruled lines enough for a table."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableDocument(
                "encrypted",
                "The PDF is protected by a password. Remove it and give the file again.",
            ) from error
        raise _broken() from error
    pages: list[str] = []
    ruled: list[int] = []
    with closing(document):
        try:
            for number in range(len(document)):
                text, lines = _page(document, number)
                pages.append(text)
                if lines >= _TABLE_LINES:
                    ruled.append(number)
        except pypdfium2.PdfiumError as error:
            raise _broken() from error
    return pages, ruled


def _broken() -> UnreadableDocument:
    return UnreadableDocument(
        "broken", "The PDF is damaged or incomplete. Get it again from where it came from."
    )


def _page(document: pypdfium2.PdfDocument, number: int) -> tuple[str, int]:
    with closing(document[number]) as page:
        lines = sum(1 for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=2))
        with closing(page.get_textpage()) as layer:
            return _clean(str(layer.get_text_bounded())), lines


def _clean(text: str) -> str:
    # U+FFFE stands for a hyphen at the end of a line; U+0002 likewise in older versions.
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "").replace("\x02", "")


def _without_page_number(page: str) -> str:
    lines = page.strip("\n").split("\n")
    for edge in (-1, 0):
        if len(lines) > 1 and lines[edge].strip() and _PAGE_NUMBER.fullmatch(lines[edge].strip()):
            del lines[edge]
    return "\n".join(lines)


def _with_tables(data: bytes, numbers: list[int]) -> Iterator[tuple[int, str]]:
    """Read pages again with the slower library that finds the cells of tables."""
    if not numbers:
        return
    import pdfplumber  # loading it takes longer than reading most documents

    with pdfplumber.open(io.BytesIO(data)) as document:
        for number in numbers:
            page = document.pages[number]
            tables = [t for t in page.find_tables() if len(t.rows) > 1 and _columns(t) > 1]
            if not tables:
                continue
            parts: list[str] = []
            top = page.bbox[1]
            for table in sorted(tables, key=lambda t: t.bbox[1]):
                parts.append(_band(page, top, table.bbox[1]))
                parts += ["\t".join(_cell(cell) for cell in row) for row in table.extract()]
                top = max(top, table.bbox[3])
            parts.append(_band(page, top, page.bbox[3]))
            yield number, "\n".join(part for part in parts if part)


def _columns(table: Any) -> int:
    return max(len(row.cells) for row in table.rows)


def _band(page: Any, top: float, bottom: float) -> str:
    if bottom - top < 1:
        return ""
    left, _, right, _ = page.bbox
    band = page.within_bbox((left, top, right, bottom), strict=False)
    return str(band.extract_text()).strip("\n")


def _cell(text: str | None) -> str:
    """Join the wrapped lines of a cell; between Chinese characters without a space."""
    joined = re.sub(r"(?<=[^\x00-\x7f])\s*\n\s*|\s*\n\s*(?=[^\x00-\x7f])", "", text or "")
    return re.sub(r"\s+", " ", joined).strip()
