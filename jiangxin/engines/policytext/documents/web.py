"""HTML: the visible words, one line for each block, table rows separated by tabs."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from lxml import html

from jiangxin.engines.policytext.documents import plain
from jiangxin.engines.policytext.documents.model import ReadDocument, UnreadableDocument

_LOOKS = re.compile(rb"<\s*(!doctype\s+html|html|head|body|meta|table|div|p)[\s>/]", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)|<\?xml[^>]*encoding=[\"']([\w-]+)", re.I)
_HIDDEN = {"script", "style", "noscript", "template", "head", "nav", "aside", "footer"}
_HIDDEN |= {"select", "button", "svg", "iframe", "object"}
_BLOCK = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "dl", "dt", "dd"}
_BLOCK |= {"section", "article", "main", "header", "blockquote", "pre", "center", "body", "html"}
_BLOCK |= {"table", "thead", "tbody", "tfoot", "tr", "caption", "figure", "hr", "form", "fieldset"}
_WIDE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3001-\u303f]"
_WRAP = re.compile(rf"(?<={_WIDE})[ \t]*[\r\n]\s*(?={_WIDE})")
_SPACE = re.compile(r"[ \t\r\n\f\v]+")


def looks_like_html(head: bytes) -> bool:
    """Tell HTML from plain text by a tag among the first bytes."""
    return bool(_LOOKS.search(head)) and head.lstrip(codecs.BOM_UTF8).lstrip().startswith(b"<")


def read_html(data: bytes) -> ReadDocument:
    """Read the words of a page; scripts, menus and hidden parts are left out.

    Raises:
        UnreadableDocument: the characters fit no encoding, or nothing can be parsed.
    """
    text, encoding = plain.decode(data, declared=_declared(data[:4096]))
    # The declaration is about bytes; lxml refuses it on characters.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        root = html.document_fromstring(text, parser=html.HTMLParser(remove_comments=True))
    except (html.etree.ParserError, ValueError) as error:
        raise UnreadableDocument(
            "broken", "The HTML cannot be parsed. Copy the text into a .docx and give that file."
        ) from error
    lines = (line.strip(" ") for line in "".join(_words(root)).split("\n"))
    return ReadDocument("\n".join(_spaced(lines)) + "\n", encoding, "html")


def _declared(head: bytes) -> str:
    found = _CHARSET.search(head)
    if not found:
        return ""
    name = (found[1] or found[2]).decode("ascii").lower()
    # Pages that say gb2312 or gbk use characters beyond them; browsers do the same.
    name = "gb18030" if name in ("gb2312", "gbk", "gb_2312-80") else name
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _words(element: Any) -> Iterator[str]:
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag and not _is_hidden(element, tag):
        if tag == "br":
            yield "\n"
        elif tag == "table" and not element.xpath(".//table"):
            yield from _table(element)
        elif tag == "pre":
            yield "\n" + str(element.text_content()) + "\n"
        else:
            block = tag in _BLOCK
            if block:
                yield "\n"
            if tag == "li":
                yield _item_number(element)
            yield _inline(element.text)
            for child in element:
                yield from _words(child)
            yield "\n" if block else "\t" if tag in ("td", "th") else ""
    yield _inline(element.tail)


def _table(table: Any) -> Iterator[str]:
    yield "\n"
    covered: dict[int, int] = {}  # column -> rows that a cell from above still covers
    for row in table.iter("tr", "caption"):
        if row.tag == "caption":
            yield _inline(row.text_content()) + "\n"
            continue
        cells: list[str] = []
        for cell in row.iterchildren("td", "th"):
            _skip_covered(cells, covered)
            text = "".join(_words_inside(cell))
            span = _number(cell.get("colspan"))
            for column in range(len(cells), len(cells) + span):
                covered[column] = _number(cell.get("rowspan")) - 1
            cells += [_SPACE.sub(" ", text).strip()] + [""] * (span - 1)
        _skip_covered(cells, covered)
        yield "\t".join(cells) + "\n"


def _words_inside(cell: Any) -> Iterator[str]:
    yield _inline(cell.text)
    for child in cell:
        yield from _words(child)


def _skip_covered(cells: list[str], covered: dict[int, int]) -> None:
    while covered.get(len(cells), 0) > 0:
        covered[len(cells)] -= 1
        cells.append("")


def _item_number(item: Any) -> str:
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return ""
    start = parent.get("start", "1")
    before = sum(1 for other in item.itersiblings("li", preceding=True))
    return f"{(int(start) if start.isdigit() else 1) + before}."


def _inline(text: str | None) -> str:
    """Collapse white space; a wrap between two Chinese characters is no space."""
    return _SPACE.sub(" ", _WRAP.sub("", text)) if text else ""


def _spaced(lines: Iterator[str]) -> Iterator[str]:
    """Keep at most one empty line between lines, none at the ends."""
    pending = started = False
    for line in lines:
        if line.strip():
            if pending and started:
                yield ""
            yield line
            started, pending = True, False
        else:
            pending = True


def _is_hidden(element: Any, tag: str) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return tag in _HIDDEN or "display:none" in style or element.get("hidden") is not None


def _number(text: str | None) -> int:
    return min(int(text), 200) if text and text.isdigit() and int(text) > 0 else 1
