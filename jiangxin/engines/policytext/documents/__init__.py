"""Files to text: what kind a file is, and its words in reading order.

Pure: takes bytes, gives text. The content decides the kind; the name is only a hint
for the wording of errors.
"""

from __future__ import annotations

from jiangxin.engines.policytext.documents import pdf, plain, web, word, word97
from jiangxin.engines.policytext.documents.model import (
    ACCEPTED,
    Kind,
    ReadDocument,
    UnreadableDocument,
)

__all__ = ["Kind", "ReadDocument", "UnreadableDocument", "read"]

_MEGABYTE = 1_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (
    (b"{\\rtf", "a Rich Text file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "an archive"),
)


def read(data: bytes, *, filename: str, max_bytes: int = 20 * _MEGABYTE) -> ReadDocument:
    """Read one file into text.

    Args:
        filename: used in messages only.
        max_bytes: larger files are refused before anything is parsed.

    Returns:
        The text; for plain text and HTML with the encoding that was found.

    Raises:
        UnreadableDocument: empty, too large, encrypted, scanned, broken or unknown;
            an `InvalidProblem` with a `reason` code.

    Example:
        >>> read("一、总体要求".encode("gb18030"), filename="a.txt")
        ReadDocument(text='一、总体要求', encoding='gb18030', kind='txt', warnings=())
    """
    if len(data) > max_bytes:
        raise UnreadableDocument(
            "too_large",
            f"“{filename}” has {len(data) / _MEGABYTE:.1f} MB; the limit is "
            f"{max_bytes / _MEGABYTE:g} MB. Remove pictures or give the text as .docx or .txt.",
        )
    try:
        document = _read(data)
    except UnreadableDocument as error:
        raise UnreadableDocument(error.reason, f"“{filename}”: {error.message}") from error
    if not document.text.strip():
        raise UnreadableDocument(
            "empty",
            f"“{filename}” holds no text. Check that the right file was chosen.",
        )
    return document


def _read(data: bytes) -> ReadDocument:
    if not data.strip():
        raise UnreadableDocument(
            "empty", "The file is empty. Check that the right file was chosen."
        )
    head = data[:1024]
    if b"%PDF-" in head:
        return pdf.read_pdf(data)
    if head.startswith(b"PK\x03\x04"):
        return word.read_docx(data)
    if head.startswith(_OLE):
        return word97.read_doc(data)
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            remedy = "Run text recognition (OCR) first. " if what == "a picture" else ""
            raise UnreadableDocument("unknown_kind", f"The file is {what}. {remedy}{ACCEPTED}")
    if web.looks_like_html(head):
        return web.read_html(data)
    text, encoding = plain.decode(data)
    if web.looks_like_html(text[:1024].encode()):  # HTML in UTF-16
        return web.read_html(data)
    return ReadDocument(text, encoding, "txt")
