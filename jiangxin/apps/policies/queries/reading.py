"""From a file to what it says: the text, the parser's answer, and facts about the whole."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import Invalid
from jiangxin.engines import policytext
from jiangxin.engines.policytext import documents

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region


@dataclass(frozen=True, slots=True)
class Reading:
    """One file, read."""

    text: str
    sha256: str
    kind: str
    encoding: str
    warnings: tuple[str, ...]
    document: policytext.Document


class UnreadableFile(Invalid):
    """The file holds no text that could be read; the message says why and what to do."""

    code = "unreadable_file"


def read_file(data: bytes, *, filename: str) -> Reading:
    """Read a file and what it says; needs no database.

    Raises:
        UnreadableFile: empty, binary, scanned, encrypted, undecodable or too large.
    """
    try:
        found = documents.read(data, filename=filename, max_bytes=settings.UPLOAD_LIMIT)
    except documents.UnreadableDocument as error:
        message = _explained(error.reason, filename, error.message)
        raise UnreadableFile(
            message, data={"reason": error.reason, "fields": {"files": message}}
        ) from error
    name = re.sub(r"\.[^.]*$", "", filename)
    return Reading(
        text=found.text,
        sha256=hashlib.sha256(found.text.encode()).hexdigest(),
        kind=found.kind,
        encoding=found.encoding,
        warnings=found.warnings,
        document=policytext.parse(found.text, name=name),
    )


def check_size(size_bytes: int, *, filename: str) -> None:
    """Refuse a file that is too large before it is read or kept.

    Raises:
        UnreadableFile: larger than the limit of this installation.
    """
    if size_bytes > settings.UPLOAD_LIMIT:
        message = _explained("too_large", filename)
        raise UnreadableFile(message, data={"reason": "too_large", "fields": {"files": message}})


def _explained(reason: str, filename: str, otherwise: str = "") -> str:
    limit = f"{settings.UPLOAD_LIMIT / 1_000_000:.0f}"
    messages = {
        "empty": _("“%(file)s” holds no text. Check that the right file was chosen."),
        "too_large": _(
            "“%(file)s” is larger than %(limit)s MB. Remove pictures, or give the text as .docx "
            "or .txt."
        ),
        "unknown_kind": _(
            "“%(file)s” is no text, Word, PDF or HTML file. Give the document as .txt, .docx, "
            ".doc, .pdf or .html."
        ),
        "undecodable": _(
            "The characters of “%(file)s” cannot be told. Save it as UTF-8 or as .docx and try "
            "again."
        ),
        "encrypted": _("“%(file)s” is protected by a password. Save it without one and try again."),
        "scanned": _(
            "“%(file)s” is a scan: pictures of pages without text. Run text recognition (OCR) "
            "first, then import the result."
        ),
        "broken": _("“%(file)s” is damaged and cannot be opened. Get it again from its source."),
    }
    text = messages.get(reason)
    return text % {"file": filename, "limit": limit} if text else otherwise


def warning_words(warning: str) -> str:
    """Say in the reader's language what reading a file warned of."""
    pages = re.match(r"No text on page ([\d, ]+)", warning)
    if pages:
        return _(
            "Page %(pages)s holds no text, perhaps a picture. Run text recognition (OCR) on the "
            "file and import the result."
        ) % {"pages": pages[1].strip()}
    known = (
        (
            "The tables could not be read",
            _("The tables could not be read row by row; their words stand in the text."),
        ),
        (
            "Text boxes stand before",
            _("Text boxes stand before the text; their place in it is not known."),
        ),
        (
            "Automatic list numbers",
            _(
                "Automatic list numbers of .doc files are lost. Save the file as .docx to keep them."
            ),
        ),
    )
    return next((words for start, words in known if warning.startswith(start)), warning)


_YEARS = re.compile(r"(20\d\d)\s*年?\s*[-—–－~～至]+\s*(20\d\d)\s*年?")
_DISCLOSURE = re.compile(
    r"信息公开(?:属性|选项|类别)\s*[：:]\s*([一-鿿]{2,10})"
    r"|[（(]?(此件(?:主动公开|依申请公开|公开发布|公开|不公开|删减后公开))[）)]?"
)


def plan_period(title: str) -> tuple[datetime.date, datetime.date] | None:
    """Return the first day of the plan and the first day after it, as its title says."""
    found = _YEARS.search(title)
    if found is None or found[1] > found[2]:
        return None
    return datetime.date(int(found[1]), 1, 1), datetime.date(int(found[2]) + 1, 1, 1)


def disclosure(text: str) -> str:
    """Return how the document says that it may be disclosed; empty where it does not."""
    found = _DISCLOSURE.search(text)
    return (found[1] or found[2]) if found else ""


_NATIONAL = re.compile(
    r"^(中共中央|中央|国务院|国家|全国|[^省市区县州]{2,10}(部|总局|总署|委员会)$)"
)


# words by which the centre speaks to all provinces; a province speaks to its cities and counties
_TO_ALL_PROVINCES = re.compile(r"各省|省级(?:党委|政府)|省域|国务院|中央财政|中央和地方|全国")


def guess_region(
    issuers: Sequence[str], title: str, *, on: datetime.date, text: str = ""
) -> Region | None:
    """Guess whose document it is: the lowest region named by an issuer, else by the title.

    A text without a head is taken for a national one if it speaks to all provinces and its first
    page names none.
    """
    rows = list(reference.regions(on=on))
    by_code = {row.code: row for row in rows}
    for issuer in issuers:
        found = _region_in(issuer, rows, by_code)
        if found is not None:
            return found
    if any(_NATIONAL.match(issuer) for issuer in issuers):
        return by_code.get(reference.NATION)
    found = _region_in(title, rows, by_code)
    if found is None and not issuers and len(_TO_ALL_PROVINCES.findall(text)) >= 3:
        opening = _region_in(text[:1000], rows, by_code)
        return by_code.get(reference.NATION) if opening is None else None
    return found


def _region_in(text: str, rows: Sequence[Region], by_code: dict[str, Region]) -> Region | None:
    """Return the lowest region whose name stands in the text and is not ambiguous there."""
    named = [row for row in rows if row.code != reference.NATION and row.name in text]
    names = {row.name for row in named}

    def above(row: Region) -> list[Region]:
        codes = row.path.rstrip("/").split("/")[:-1]
        return [by_code[code] for code in codes if code in by_code and code != reference.NATION]

    best: tuple[int, int] = (0, 0)
    found: list[Region] = []
    for row in named:
        ancestors = above(row)
        supported = sum(parent.name in names for parent in ancestors)
        rank = (supported, len(ancestors))
        if rank > best or not found:
            best, found = rank, [row]
        elif rank == best:
            found.append(row)
    return found[0] if len(found) == 1 else None
