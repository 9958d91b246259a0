"""Reading files: real files of every kind, written here by other libraries."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

from jiangxin.engines.base import InvalidProblem
from jiangxin.engines.policytext.documents import UnreadableDocument, read

FILES = Path(__file__).parents[2] / "files"
OPINION = "云岭市教育局关于加强实训基地建设的意见\n\n一、总体要求\n到2027年，建成实训基地3个。\n"
TABLE = [["编号", "任务", "责任科室"], ["1", "组建联合体", "职成科"], ["2", "", "人事科"]]


def reason_of(data: bytes, **limits: int) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        read(data, filename="上报.bin", **limits)
    assert isinstance(caught.value, InvalidProblem)
    assert "上报.bin" in caught.value.message
    return caught.value.reason


# Text


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_read_text_in_each_encoding(codec: str, expected: str) -> None:
    document = read(OPINION.encode(codec), filename="意见.txt")
    assert (document.text, document.encoding, document.kind) == (OPINION, expected, "txt")


def test_read_text_keeps_newlines_so_that_offsets_stay() -> None:
    text = "一、总则\r\n（一）目标\r到2027年\x0c\n"
    assert read(text.encode("utf-8-sig"), filename="a.txt").text == text


def test_read_text_whatever_the_name_says() -> None:
    assert read(OPINION.encode(), filename="意见.pdf").kind == "txt"


def test_read_traditional_characters_and_english() -> None:
    for text in ("臺灣職業教育發展與產業結構調整實施計畫，關於學校與企業合作", "Action plan 2027"):
        assert read(text.encode(), filename="a.txt").text == text


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("latin-1", "utf-8"), ("gb18030", "utf-8"), ("latin-1", "gb18030"), ("cp1251", "gb18030")],
)
def test_read_refuses_mojibake(wrong: str, right: str) -> None:
    damaged = (OPINION * 5).encode(right).decode(wrong, "replace")
    assert reason_of(damaged.encode("utf-8")) == "undecodable"


def test_read_refuses_a_file_cut_by_replacement_characters() -> None:
    assert reason_of((OPINION[:20] + "锟斤拷" * 10 + "\ufffd" * 9).encode()) == "undecodable"


def test_read_refuses_bytes_that_contradict_their_mark() -> None:
    assert reason_of(b"\xef\xbb\xbf" + "总体要求".encode("gb18030")) == "undecodable"


# What cannot be read at all


@pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\xef\xbb\xbf", "\u3000\n".encode()])
def test_read_refuses_empty_files(data: bytes) -> None:
    assert reason_of(data) == "empty"


@pytest.mark.parametrize(
    "data",
    [
        random.Random(7).randbytes(4_000),
        b"\x7fELF\x02\x01\x01" + bytes(3_000),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"{\\rtf1\\ansi text}",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40),
    ],
)
def test_read_refuses_binaries(data: bytes) -> None:
    assert reason_of(data) in {"unknown_kind", "broken"}


def test_read_refuses_50_megabytes_before_parsing() -> None:
    assert reason_of(b"%PDF-" + bytes(50_000_000)) == "too_large"
    assert reason_of(b"abc", max_bytes=2) == "too_large"


# Word


def word_file() -> Document:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "页眉不读"
    for line in ("云岭市教育局文件", "云教发〔2025〕7号", "一、总体要求"):
        document.add_paragraph(line)
    paragraph = document.add_paragraph("到2027年，建成实训中心3个。")
    paragraph.add_run().add_break()
    paragraph.add_run("第二行。")
    table = document.add_table(rows=3, cols=3)
    for r, row in enumerate(TABLE):
        for c, value in enumerate(row):
            table.cell(r, c).text = value
    table.cell(1, 1).add_paragraph("每年评估")
    document.add_paragraph("表后文字😀。")
    return document


WORD_TEXT = (
    "云岭市教育局文件\n云教发〔2025〕7号\n一、总体要求\n到2027年，建成实训中心3个。\n第二行。\n"
    "编号\t任务\t责任科室\n1\t组建联合体 每年评估\t职成科\n2\t\t人事科\n表后文字😀。\n"
)


def saved(document: Document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_read_docx_in_reading_order() -> None:
    document = read(saved(word_file()), filename="意见.docx")
    assert (document.kind, document.text) == ("docx", WORD_TEXT)


def test_read_doc_in_reading_order() -> None:
    document = read((FILES / "opinion.doc").read_bytes(), filename="意见.doc")
    assert (document.kind, document.text) == ("doc", WORD_TEXT)


NUMBERING = f"""<w:abstractNum {nsdecls("w")} w:abstractNumId="90">
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>
    <w:lvlText w:val="%1、"/></w:lvl>
  <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>
    <w:lvlText w:val="（%2）"/></w:lvl>
  <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/>
    <w:lvlText w:val="%3."/></w:lvl>
  <w:lvl w:ilvl="3"><w:start w:val="1"/><w:numFmt w:val="bullet"/>
    <w:lvlText w:val="•"/></w:lvl>
</w:abstractNum>"""


def numbered(document: Document, text: str, depth: int) -> None:
    properties = document.add_paragraph(text)._p.get_or_add_pPr()
    properties.append(
        parse_xml(
            f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="90"/></w:numPr>'
        )
    )


def test_read_docx_prints_automatic_numbers() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(NUMBERING))
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>')
    )
    for text, depth in (
        ("总体要求", 0),
        ("重点任务", 0),
        ("布局", 1),
        ("学校", 2),
        ("专业", 2),
        ("师资", 1),
        ("培训", 2),
        ("要点", 3),
    ):
        numbered(document, text, depth)
    for _ in range(9):
        numbered(document, "保障", 0)
    lines = read(saved(document), filename="a.docx").text.split()
    assert lines[:8] == [
        "一、总体要求",
        "二、重点任务",
        "（一）布局",
        "1.学校",
        "2.专业",
        "（二）师资",
        "1.培训",
        "要点",
    ]
    assert lines[-2:] == ["十、保障", "十一、保障"]


def test_read_docx_keeps_insertions_and_text_boxes_and_drops_deletions() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("建成基地")._p
    for tag, inner in (("ins", "<w:t>3个</w:t>"), ("del", "<w:delText>5个</w:delText>")):
        paragraph.append(
            parse_xml(f'<w:{tag} {nsdecls("w")} w:id="1" w:author="x"><w:r>{inner}</w:r></w:{tag}>')
        )
    box = "<w:txbxContent><w:p><w:r><w:t>云教发〔2025〕7号</w:t></w:r></w:p></w:txbxContent>"
    paragraph.append(
        parse_xml(
            f'<w:r {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback><w:pict>{box}</w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    assert read(saved(document), filename="a.docx").text == "云教发〔2025〕7号\n建成基地3个\n"


def test_read_docx_leaves_merged_cells_empty() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for r, row in enumerate([["行动", "1", "甲"], ["", "2", "乙"], ["合计", "", "丙"]]):
        for c, value in enumerate(row):
            table.cell(r, c).text = value
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(2, 0).merge(table.cell(2, 1))
    text = read(saved(document), filename="a.docx").text
    assert text.splitlines() == ["行动\t1\t甲", "\t2\t乙", "合计\t\t丙"]


def test_read_names_broken_and_encrypted_office_files() -> None:
    whole = saved(word_file())
    assert reason_of(whole[: len(whole) // 2]) == "broken"
    assert reason_of((FILES / "opinion.doc").read_bytes()[:3_000]) == "broken"
    for part in ("xl/workbook.xml", "OFD.xml", "读我.txt"):
        other = io.BytesIO()
        with zipfile.ZipFile(other, "w") as archive:
            archive.writestr(part, "<x/>")
        assert reason_of(other.getvalue()) == "unknown_kind"
    bent = io.BytesIO()
    with zipfile.ZipFile(bent, "w") as archive:
        archive.writestr("word/document.xml", "<w:document>")
    assert reason_of(bent.getvalue()) == "broken"


def test_read_names_an_encrypted_doc() -> None:
    data = bytearray((FILES / "opinion.doc").read_bytes())
    fib = data.index(b"\xec\xa5")  # every Word stream begins so
    data[fib + 0x0B] |= 0x01
    assert reason_of(bytes(data)) == "encrypted"


def test_read_names_an_encrypted_docx() -> None:
    # Word wraps an encrypted .docx into the old container, as a stream of this name.
    data = bytearray((FILES / "opinion.doc").read_bytes())
    entry = data.index("WordDocument".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    data[entry : entry + len(name)] = name
    data[entry + 64] = len(name) + 2
    assert reason_of(bytes(data)) == "encrypted"


def test_read_refuses_a_zip_that_unpacks_to_a_flood() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(210_000_000))
    assert reason_of(stream.getvalue()) == "too_large"


# PDF


@pytest.fixture
def song() -> str:
    registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def pdf(pages: list[list[str]], font: str, **options: object) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, **options)
    for number, lines in enumerate(pages, start=1):
        canvas.setFont(font, 12)
        for i, line in enumerate(lines):
            canvas.drawString(80, 780 - 24 * i, line)
        canvas.drawString(280, 40, f"— {number} —")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def test_read_pdf_without_page_numbers(song: str) -> None:
    data = pdf([["一、总体要求", "到2027年，建成实训"], ["基地3个。", "二、任务"]], song)
    document = read(data, filename="意见.pdf")
    assert document.kind == "pdf"
    assert document.text == "一、总体要求\n到2027年，建成实训\n\n基地3个。\n二、任务\n"


def pdf_with_table(song: str) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pageCompression=0)
    canvas.setFont(song, 12)
    canvas.drawString(80, 780, "附件 任务分工表")
    table = Table(TABLE, colWidths=[60, 160, 120])
    style = [("FONT", (0, 0), (-1, -1), song), ("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    table.setStyle(TableStyle(style))
    table.wrapOn(canvas, 400, 400)
    table.drawOn(canvas, 80, 600)
    canvas.drawString(80, 560, "表后说明。")
    canvas.save()
    return stream.getvalue()


def test_read_pdf_tables_as_rows(song: str) -> None:
    text = read(pdf_with_table(song), filename="a.pdf").text
    rows = ["\t".join(row) for row in TABLE]
    assert text.splitlines() == ["附件 任务分工表", *rows, "表后说明。"]


def scan() -> ImageReader:
    return ImageReader(Image.new("L", (60, 80), 200))


def test_read_pdf_scanned_names_ocr() -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.drawImage(scan(), 0, 0, 590, 840)
    canvas.save()
    with pytest.raises(UnreadableDocument, match="OCR") as caught:
        read(stream.getvalue(), filename="扫描.pdf")
    assert caught.value.reason == "scanned"


def test_read_pdf_warns_of_pages_without_text(song: str) -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setFont(song, 12)
    canvas.drawString(80, 780, "一、总体要求，建成实训基地。")
    canvas.showPage()
    canvas.drawImage(scan(), 0, 0, 590, 840)
    canvas.save()
    document = read(stream.getvalue(), filename="a.pdf")
    assert "page 2" in document.warnings[0]
    assert document.text == "一、总体要求，建成实训基地。\n"


def test_read_pdf_encrypted_and_broken(song: str) -> None:
    locked = pdf([["总体要求"]], song, encrypt=StandardEncryption("secret", canPrint=1))
    assert reason_of(locked) == "encrypted"
    assert reason_of(b"%PDF-1.7\n" + bytes(500)) == "broken"


# HTML

PAGE = """<!DOCTYPE html><html><head><meta charset="gb2312"><title>标题</title>
<style>p {color: red}</style></head><body><nav>首页</nav><script>var x = 1</script>
<h1>关于加强实训基地
建设的意见</h1><p>&emsp;一、总体要求<br>到 <b>2027</b> 年，建成3个。</p>
<div><span>二、</span>任务<p>内容</p></div><ol><li>甲</li><li>乙</li></ol>
<table><tr><th>行动</th><th>编号</th><th>科室</th></tr>
<tr><td rowspan="2">布局</td><td>1</td><td><p>职成科</p><p>人事科</p></td></tr>
<tr><td>2</td><td></td></tr></table><p style="display: none">隐藏</p></body></html>"""


def test_read_html_blocks_tables_and_declared_encoding() -> None:
    document = read(PAGE.encode("gb18030"), filename="意见.html")
    assert (document.kind, document.encoding) == ("html", "gb18030")
    assert [line for line in document.text.splitlines() if line] == [
        "关于加强实训基地建设的意见",
        "\u2003一、总体要求",
        "到 2027 年，建成3个。",
        "二、任务",
        "内容",
        "1.甲",
        "2.乙",
        "行动\t编号\t科室",
        "布局\t1\t职成科 人事科",
        "\t2\t",
    ]


def test_read_html_with_a_wrong_declaration() -> None:
    page = PAGE.replace("gb2312", "no-such-code").encode("utf-8")
    assert "总体要求" in read(page, filename="a.htm").text
    assert read(PAGE.encode("utf-16"), filename="a.htm").kind == "html"


# Damage


@pytest.mark.parametrize("seed", range(20))
def test_read_damaged_files_gives_text_or_a_reason(song: str, seed: int) -> None:
    rng = random.Random(seed)
    unpacked = io.BytesIO()
    packed = zipfile.ZipFile(io.BytesIO(saved(word_file())))
    with zipfile.ZipFile(unpacked, "w") as archive:
        for name in packed.namelist():
            archive.writestr(name, packed.read(name))
    whole = [
        (FILES / "opinion.doc").read_bytes(),
        unpacked.getvalue(),
        pdf_with_table(song),
        PAGE.encode("gb18030"),
    ]
    for original in whole:
        data = bytearray(original)
        for _ in range(rng.choice((1, 5, 50))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if rng.random() < 0.3:
            at = rng.randrange(len(data))
            del data[at : at + rng.randrange(1, 300)]
        # Anything but a text or this error fails the test.
        with contextlib.suppress(UnreadableDocument):
            assert read(bytes(data), filename="坏.bin").text.strip()
