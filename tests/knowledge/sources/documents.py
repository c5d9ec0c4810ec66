"""Makes documents as office programs write them, and as attackers do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import docx
import openpyxl
from pypdf import PdfReader, PdfWriter
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

CHINESE_FONT = "STSong-Light"


def pdf(pages: Sequence[Sequence[tuple[str, str]]], footer: str = "") -> bytes:
    """Return a PDF of pages, each a list of (style, text); `footer` ends with the page's number."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE_FONT))
    styles = getSampleStyleSheet()
    styles.add(ParagraphStyle("Chinese", fontName=CHINESE_FONT, fontSize=10, wordWrap="CJK"))

    def number(canvas, document) -> None:  # type: ignore[no-untyped-def]
        canvas.drawString(60, 20, f"{footer} {document.page}" if footer else "")

    story = []
    for page in pages:
        story += [Paragraph(text, styles[style]) for style, text in page]
        story.append(PageBreak())
    file = io.BytesIO()
    SimpleDocTemplate(file, title="Handbook").build(story, onFirstPage=number, onLaterPages=number)
    return file.getvalue()


def encrypted(data: bytes, password: str) -> bytes:
    """Return a PDF that asks for a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def word() -> bytes:
    """Return a Word document with headings, a list and a table."""
    document = docx.Document()
    document.add_heading("Returns", 1)
    document.add_paragraph("You need:")
    document.add_paragraph("the box", style="List Bullet")
    document.add_paragraph("the form", style="List Bullet")
    document.add_heading("Costs", 2)
    table = document.add_table(2, 2)
    for row, cells in enumerate((("Country", "Price"), ("Germany", "4.90"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def workbook(*sheets: Sequence[Sequence[object]]) -> bytes:
    """Return an Excel workbook with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(archive: bytes, name: str, content: bytes) -> bytes:
    """Return an office file of which one part was replaced or added."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            if part != name:
                target.writestr(part, source.read(part))
        target.writestr(name, content)
    return file.getvalue()
