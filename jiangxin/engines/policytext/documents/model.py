"""What reading a file gives: the text and how it was found, or why it could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jiangxin.engines.base import InvalidProblem

Kind = Literal["txt", "docx", "doc", "pdf", "html"]
Reason = Literal[
    "empty", "too_large", "unknown_kind", "undecodable", "encrypted", "scanned", "broken"
]


ACCEPTED = "Give the document as .txt, .docx, .doc, .pdf or .html."


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """The text of one file; all offsets of the parser count code points of `text`.

    Args:
        encoding: "utf-8", "gb18030", "utf-16-le" … for text and HTML; "" for formats
            that carry their own characters.
        kind: decided by the content, not by the name.
        warnings: sentences for the person who gave the file, e.g. which pages are pictures.
    """

    text: str
    encoding: str
    kind: Kind
    warnings: tuple[str, ...] = ()


class UnreadableDocument(InvalidProblem):
    """The file cannot be read; the message says what, why and what to do.

    Args:
        reason: a stable code, so that a page can say it in the reader's language.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message, field="file")
        self.reason = reason
