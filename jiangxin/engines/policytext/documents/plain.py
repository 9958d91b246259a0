"""Bytes to characters: which encoding, and is the result really text?"""

from __future__ import annotations

import codecs
from collections.abc import Iterable

from jiangxin.engines.policytext.documents.model import UnreadableDocument

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 20_000
# Simplified official text has 0.95 or more of its Chinese characters in the first level of
# GB 2312, traditional text about 0.6, UTF-8 read as GBK and similar accidents below 0.4.
_COMMON_SHARE = 0.5
_SAVE_AGAIN = "Open the original, save it again as UTF-8 text or as .docx, and give that file."


def decode(data: bytes, *, declared: str = "") -> tuple[str, str]:
    """Decode text without translating newlines; a byte-order mark is not part of the text.

    Args:
        declared: the encoding that the document names itself (HTML), tried first.

    Returns:
        The text and the name of its encoding.

    Raises:
        UnreadableDocument: no encoding fits, or what comes out is not readable text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(_strict(data[len(mark) :], encoding), encoding)
    for encoding in _candidates(data, declared):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if is_readable(text):
            return text, encoding
    raise UnreadableDocument(
        "undecodable",
        "The characters of the file cannot be read as UTF-8, GB18030 or UTF-16, "
        f"or were damaged when it was saved. {_SAVE_AGAIN}",
    )


def is_readable(text: str) -> bool:
    """Say whether characters look like written language rather than a wrong decoding."""
    sample = text[:_SAMPLE]
    if not sample.strip():
        return True
    damaged = sum(1 for c in sample if c == "\ufffd" or _is_private(c) or _is_control(c))
    damaged += 3 * (sample.count("锟斤拷") + sample.count("烫烫烫"))
    if damaged > 0.02 * len(sample):
        return False
    hanzi = [c for c in sample if "\u4e00" <= c <= "\u9fff"]
    # UTF-8 read as Latin-1 or Windows-1252: "ä¸­å›½"
    latin = sum(1 for c in sample if "\u0080" <= c <= "\u00ff")
    if latin > len(hanzi) and latin > 0.2 * len(sample):
        return False
    rare_scripts = sum(1 for c in sample if not _is_expected(c))
    if rare_scripts > 0.3 * len(sample):
        return False
    return len(hanzi) < 10 or sum(map(_is_common, hanzi)) >= _COMMON_SHARE * len(hanzi)


def _candidates(data: bytes, declared: str) -> Iterable[str]:
    if declared:
        yield declared
    if b"\0" in data[:_SAMPLE]:
        # No single-byte or GB text holds zero bytes; the side of the zeros tells the order.
        even, odd = data[:_SAMPLE:2].count(0), data[1:_SAMPLE:2].count(0)
        yield from ("utf-16-be", "utf-16-le") if even > odd else ("utf-16-le", "utf-16-be")
        return
    yield "utf-8"
    yield "gb18030"
    # UTF-16 without mark, spaces, digits or line breaks: last, as GB18030 accepts most bytes.
    yield from ("utf-16-le", "utf-16-be")


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocument(
            "undecodable",
            f"The file says it is {encoding}, but byte {error.start} is not. {_SAVE_AGAIN}",
        ) from error


def _checked(text: str, encoding: str) -> tuple[str, str]:
    if not is_readable(text):
        raise UnreadableDocument(
            "undecodable",
            f"The characters of the file were damaged when it was saved (mojibake). {_SAVE_AGAIN}",
        )
    return text, encoding


def _is_private(c: str) -> bool:
    return "\ue000" <= c <= "\uf8ff"


def _is_control(c: str) -> bool:
    return (c < " " and c not in "\t\n\r\f\v") or "\x7f" <= c < "\xa0"


def _is_expected(c: str) -> bool:
    """Characters of Chinese and English documents: scripts, punctuation, signs, full width."""
    return (
        c < "\u0250"
        or "\u2000" <= c <= "\u27bf"
        or "\u2e80" <= c <= "\u9fff"
        or "\uf900" <= c <= "\uffef"
        or c >= "\U00020000"
    )


def _is_common(c: str) -> bool:
    try:
        return b"\xb0" <= c.encode("gb2312")[:1] <= b"\xd7"
    except UnicodeEncodeError:
        return False
