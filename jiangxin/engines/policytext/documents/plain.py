"""Bytes to characters: which encoding, and is the result really text?"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable, Iterable

from jiangxin.engines.policytext.documents.model import ACCEPTED, UnreadableDocument

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 20_000
# Share of Chinese characters that are in the first level of GB 2312 or of Big5: 1.0 in official
# text, simplified or traditional; 0.6 and less after a wrong decoding (measured on both).
_COMMON_SHARE = 0.7
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
        if encoding == "utf-8" and len(data) - len(text) > 20:
            break  # that many valid UTF-8 sequences are no accident: it was damaged before
    if _is_binary(data):
        raise UnreadableDocument(
            "unknown_kind", f"The file is neither text nor a known document format. {ACCEPTED}"
        )
    raise UnreadableDocument(
        "undecodable",
        "The characters of the file cannot be read as UTF-8, GB18030 or UTF-16"
        f"{_first_bad_line(data)}, or were damaged when it was saved. {_SAVE_AGAIN}",
    )


def is_readable(text: str) -> bool:
    """Say whether characters look like written language rather than a wrong decoding."""
    sample = text[:_SAMPLE]
    if not sample.strip():
        return True
    counts = Counter(sample)  # a text has few different characters: test each once
    total = len(sample)

    def share(matches: Callable[[str], bool]) -> float:
        return sum(n for c, n in counts.items() if matches(c)) / total

    if (
        share(_is_damage) > 0.02
        or 3 * (sample.count("锟斤拷") + sample.count("烫烫烫")) > 0.02 * total
    ):
        return False
    hanzi = share(_is_hanzi)
    latin = share(lambda c: "\u0080" <= c <= "\u00ff")
    if latin > hanzi and latin > 0.2:  # UTF-8 read as Latin-1: "ä¸\xadå›½"
        return False
    if share(_is_foreign) > 0.3:
        return False
    common = share(lambda c: _is_hanzi(c) and _is_common(c))
    return hanzi * total < 10 or common >= _COMMON_SHARE * hanzi


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


def _first_bad_line(data: bytes) -> str:
    """Say up to which line the better of the two usual encodings works."""
    reached = -1
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError as error:
            reached = max(reached, error.start)
    line = data.count(b"\n", 0, max(reached, 0)) + 1
    return f" (line {line})" if reached > 0 else ""


def _is_binary(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    controls = sum(sample.count(bytes([i])) for i in range(32) if i not in (9, 10, 11, 12, 13))
    return controls > 0.02 * len(sample)


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


def _is_damage(c: str) -> bool:
    """Replacement and private characters, and controls that no text holds."""
    return (
        c == "\ufffd"
        or "\ue000" <= c <= "\uf8ff"
        or (c < " " and c not in "\t\n\r\f\v")
        or "\x7f" <= c < "\xa0"
    )


def _is_hanzi(c: str) -> bool:
    return "\u4e00" <= c <= "\u9fff"


def _is_foreign(c: str) -> bool:
    """Anything but the scripts, punctuation and signs of Chinese and English documents."""
    return not (
        c < "\u0250"
        or "\u2000" <= c <= "\u27bf"
        or "\u2e80" <= c <= "\u9fff"
        or "\uf900" <= c <= "\uffef"
        or c >= "\U00020000"
    )


def _is_common(c: str) -> bool:
    return any(
        first <= c.encode(codec, "ignore") <= last
        for codec, first, last in (
            ("gb2312", b"\xb0\xa1", b"\xd7\xfe"),
            ("big5", b"\xa4\x40", b"\xc6\x7e"),
        )
    )
