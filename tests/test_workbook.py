"""Files of returns: every harmful or broken one gets a clear message and costs little; good ones come through."""

from __future__ import annotations

import resource
import struct
import subprocess
import sys
import time
import tracemalloc
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from conftest import ROOT

from partybuilding.assess import workbook
from partybuilding.assess.workbook import column_letter, read_sheets
from partybuilding.errors import UserError

SHEETS: dict[str, list[list[Any]]] = {
    "about": [["key", "value"], ["province", "kon-tum"]],
    "cells": [["commune_code", "commune"], ["23284", "Lê Lợi"]],
    "province": [["key", "value", "note"]],
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
BROKEN = (
    "{file}: tệp hỏng hoặc tải chưa hết. Hãy mở tệp bằng Excel hoặc LibreOffice, lưu lại rồi gửi lại.",
    "{file}: the file is damaged or cut off. Open it in Excel or LibreOffice, save it and send it again.",
)
PASSWORD = (
    "{file}: bảng tính có mật khẩu hoặc được mã hóa. Hãy bỏ mật khẩu mở tệp rồi gửi lại.",
    "{file}: the workbook has a password or is encrypted. Remove the password for opening and send it again.",
)
MACROS = (
    "{file}: bảng tính có macro nên không được nhận. Hãy lưu lại dưới dạng .xlsx không có macro.",
    "{file}: the workbook holds macros and is refused. Save it as .xlsx without macros.",
)
KIND = (
    "{file}: không phải bảng tính. Hãy gửi tệp .xlsx (hoặc .xls, .ods) theo mẫu, hoặc thư mục gồm các tệp CSV.",
    "{file}: not a workbook. Send an .xlsx (or .xls, .ods) file on the form, or a folder of CSV files.",
)
UNPACKED = (
    "{file}: nội dung sau khi giải nén lớn hơn 128 MB nên không được mở. Hãy chép số liệu sang một mẫu mới.",
    "{file}: the content would unpack to more than 128 MB and was not opened. Copy the data into a new form.",
)


def book(path: Path, sheets: dict[str, list[list[Any]]] = SHEETS) -> Path:
    made = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False})
    for name, rows in sheets.items():
        sheet = made.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    made.close()
    return path


def repacked(path: Path, change: Callable[[str, bytes], bytes | None] = lambda _, text: text, **more: bytes) -> Path:
    """Write the workbook again with its parts changed (None leaves one out) and `more` parts added."""
    with zipfile.ZipFile(path) as package:
        parts = {name: change(name, package.read(name)) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in ({name: text for name, text in parts.items() if text is not None} | more).items():
            package.writestr(name, text)
    return path


def with_sheet(path: Path, rows: bytes, number: int = 2) -> Path:
    """Write a workbook whose sheet `number` (2: cells) holds these rows of XML."""
    name = f"xl/worksheets/sheet{number}.xml"
    return repacked(book(path), lambda part, text: SHEET % rows if part == name else text)


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(UserError) as caught:
        read_sheets(path)
    return caught.value.message("vi"), caught.value.message("en")


def told(messages: tuple[str, str], file: str = "a.xlsx") -> tuple[str, str]:
    return messages[0].format(file=file), messages[1].format(file=file)


def patched(path: Path, name: str, field: int, value: int) -> Path:
    """Set a 4-byte field of a part's entry in the zip directory: 16 checksum, 24 stated size."""
    content = bytearray(path.read_bytes())
    place = content.rindex(name.encode()) - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    struct.pack_into("<I", content, place + field, value)
    path.write_bytes(content)
    return path


# ---- what is read


def test_a_workbook_is_read_with_its_texts_as_they_stand(tmp_path: Path) -> None:
    assert read_sheets(book(tmp_path / "a.xlsx")) == {
        "about": [["key", "value"], ["province", "kon-tum"]],
        "cells": [["commune_code", "commune"], ["23284", "Lê Lợi"]],
        "province": [["key", "value", "note"]],
    }


def test_blank_rows_and_columns_before_the_data_keep_their_places(tmp_path: Path) -> None:
    made = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    for name in ("about", "cells", "province"):
        made.add_worksheet(name).write(2, 3, name)
    made.close()
    assert read_sheets(tmp_path / "a.xlsx")["cells"] == [[""] * 4, [""] * 4, ["", "", "", "cells"]]


def test_sheet_names_in_any_case_are_found_and_foreign_sheets_are_left_alone(tmp_path: Path) -> None:
    sheets = {" About ": [["a"]], "CELLS": [["b"]], "Province": [["c"]], "Họ tên": [["Nguyễn Văn A"]]}
    assert read_sheets(book(tmp_path / "a.xlsx", sheets)) == {"about": [["a"]], "cells": [["b"]], "province": [["c"]]}


def test_texts_are_composed_trimmed_and_freed_of_what_cannot_be_printed(tmp_path: Path) -> None:
    text = unicodedata.normalize("NFD", " Đắk Hà\u0007\ue000 \nhai dòng\t")
    sheets = SHEETS | {"cells": [[text]]}
    assert read_sheets(book(tmp_path / "a.xlsx", sheets))["cells"] == [["Đắk Hà \nhai dòng"]]


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_folder_of_csv_files_is_read(tmp_path: Path, separator: str, mark: str) -> None:
    for name, rows in SHEETS.items():
        text = mark + "\r\n".join(separator.join(row) for row in rows) + "\r\n"
        (tmp_path / f"{name}.csv").write_bytes(unicodedata.normalize("NFD", text).encode())
    assert read_sheets(tmp_path) == SHEETS


def test_only_the_line_ends_of_csv_end_a_row(tmp_path: Path) -> None:
    write_csv(tmp_path, 'a,"hai\ndòng",x\u2028y\u2029z\n1,2,3\n')
    assert read_sheets(tmp_path)["cells"] == [["a", "hai\ndòng", "x\u2028y\u2029z"], ["1", "2", "3"]]


def write_csv(folder: Path, cells: str | bytes) -> Path:
    for name in ("about", "province"):
        (folder / f"{name}.csv").write_text("key,value\n", encoding="utf-8")
    (folder / "cells.csv").write_bytes(cells if isinstance(cells, bytes) else cells.encode())
    return folder


def test_column_letters() -> None:
    assert [column_letter(number) for number in (0, 25, 26, 51, 701, 702, 16383)] == [
        *("A", "Z", "AA", "AZ", "ZZ", "AAA", "XFD")
    ]


# ---- OpenDocument

ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    "{}</office:spreadsheet></office:body></office:document-content>"
)


CELL = (
    '<table:table-row><table:table-cell {} office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    "</table:table-row>"
)
MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def ods(path: Path, cells: str = "") -> Path:
    table = '<table:table table:name="{}">{}</table:table>'
    text = CELL.format("", "{}")
    sheets = [table.format(name, text.format(name)) for name in ("about", "province")]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", MANIFEST)
        content = ODS.format("".join([*sheets, table.format("cells", cells or text.format("Đắk Hà"))]))
        package.writestr("content.xml", content)
    return path


def test_an_opendocument_workbook_is_read(tmp_path: Path) -> None:
    assert read_sheets(ods(tmp_path / "a.ods")) == {
        "about": [["about"]],
        "cells": [["Đắk Hà"]],
        "province": [["province"]],
    }


def test_an_opendocument_workbook_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    cell = CELL.format('table:number-columns-repeated="16384"', "x")
    path = ods(tmp_path / "a.ods", cell.replace("row>", 'row table:number-rows-repeated="6000">', 1))
    assert refusal(path) == told(UNPACKED, "a.ods")


# ---- what is refused: kind, macros, password, damage


@pytest.mark.parametrize(
    ("name", "content", "messages"),
    [
        ("a.pdf", b"%PDF-1.7", KIND),
        ("a", b"", KIND),
        ("a.csv", b"key,value\n", KIND),
        ("a.xlsx.exe", b"MZ", KIND),
        ("a.XLSM", b"", MACROS),
        ("a.xltm", b"", MACROS),
        ("a.xlsb", b"", MACROS),
        ("a.xlsx", OLE, PASSWORD),
        ("a.xlsx", b"", BROKEN),
        ("a.XLSX", b"PK\x03\x04", BROKEN),
        ("a.xlsx", b"<html>", BROKEN),
        ("a.xls", b"", BROKEN),
        ("a.xls", OLE, BROKEN),
        ("a.xls", b"PK\x03\x04", BROKEN),
        ("a.ods", b"", BROKEN),
        ("a.ods", b"PK\x05\x06" + bytes(18), BROKEN),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(
    tmp_path: Path, name: str, content: bytes, messages: tuple[str, str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path) == told(messages, name)


def test_macros_inside_an_xlsx_are_refused(tmp_path: Path) -> None:
    path = repacked(book(tmp_path / "a.xlsx"), **{"xl/vbaProject.bin": OLE})
    assert refusal(path) == told(MACROS)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    place = -1
    while (place := content.find(b"PK\x01\x02", place + 1)) >= 0:
        content[place + 8] |= 1
    path.write_bytes(content)
    assert refusal(path) == told(PASSWORD)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.99])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    path = book(tmp_path / "a.xlsx")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert refusal(path) == told(BROKEN)


def test_a_file_with_a_damaged_part_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    place = content.index(b"xl/worksheets/sheet2.xml") + 40
    content[place : place + 40] = b"\xff" * 40
    path.write_bytes(content)
    assert refusal(path) == told(BROKEN)


def test_another_way_of_packing_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as package:
        package.writestr("xl/more.xml", b"<a/>")
    assert refusal(path) == told(BROKEN)


@pytest.mark.parametrize(
    ("left", "missing"),
    [(("about", "cells"), "province"), (("about",), "cells, province"), (("x",), "about, cells, province")],
)
def test_missing_sheets_are_named(tmp_path: Path, left: tuple[str, ...], missing: str) -> None:
    path = book(tmp_path / "a.xlsx", {name: [["a"]] for name in left})
    assert refusal(path) == (
        f"a.xlsx: thiếu trang {missing}. Hãy dùng mẫu: partybuilding forms TỈNH KỲ --out TỆP.xlsx.",
        f"a.xlsx: sheet {missing} is missing. Use the form: partybuilding forms PROVINCE PERIOD --out FILE.xlsx.",
    )


def test_a_missing_file_is_named_without_the_folders_above(tmp_path: Path) -> None:
    assert refusal(tmp_path / ".." / ".." / "etc" / "b.xlsx") == (
        "b.xlsx: không có tệp này. Hãy khôi phục tệp hoặc kiểm tra lại tên.",
        "b.xlsx: there is no such file. Put it back, or check its name.",
    )


def test_parts_that_point_out_of_the_package_are_never_written(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = repacked(book(tmp_path / "in" / "a.xlsx"), **{"../../evil.xml": b"<a/>"})
    assert read_sheets(path) == SHEETS
    assert [found.name for found in tmp_path.rglob("*")] == ["in", "a.xlsx"]


# ---- what is refused: too much


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    for name in ("a.xlsx", "a.xls"):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(workbook.LARGEST_FILE + 1)
        assert refusal(tmp_path / name) == (
            f"{name}: tệp lớn hơn 32 MB. Hãy xóa hình ảnh và các trang tính không thuộc mẫu.",
            f"{name}: the file is larger than 32 MB. Delete pictures and sheets that are not part of the form.",
        )


def zeros(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield b"<row/>" * 170_000


def bomb(path: Path, megabytes: int) -> Path:
    """Add to a workbook's sheet so many megabytes that pack to next to nothing."""
    repacked(book(path), lambda part, text: None if part == "xl/worksheets/sheet2.xml" else text)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as package,
        package.open("xl/worksheets/sheet2.xml", "w", force_zip64=True) as stream,
    ):
        for chunk in zeros(megabytes):
            stream.write(chunk)
    return path


def test_a_workbook_of_two_gigabytes_unpacked_is_refused_in_little_time_and_memory(tmp_path: Path) -> None:
    path = bomb(tmp_path / "a.xlsx", 2100)
    assert path.stat().st_size < workbook.LARGEST_FILE
    tracemalloc.start()
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    assert refusal(path) == told(UNPACKED)
    assert time.perf_counter() - started < 10
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


@pytest.mark.parametrize("field", ["size", "size and checksum"])
def test_a_stated_size_that_lies_does_not_help(tmp_path: Path, field: str) -> None:
    path = patched(bomb(tmp_path / "a.xlsx", 140), "xl/worksheets/sheet2.xml", 24, 100)
    if field != "size":
        patched(path, "xl/worksheets/sheet2.xml", 16, zlib.crc32((b"<row/>" * 100)[:100]))
    assert refusal(path) == told(UNPACKED)


def test_many_parts_that_are_small_each_are_added_up(tmp_path: Path) -> None:
    path = repacked(book(tmp_path / "a.xlsx"), **{f"xl/media/{n}.bin": bytes(20_000_000) for n in range(7)})
    assert refusal(path) == told(UNPACKED)


def far(place: bytes) -> bytes:
    return b'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c s="1" r="%s"><v>1</v></c></row>' % place


ROWS = (
    "a.xlsx, trang {sheet}: nhiều hơn 20000 dòng. Hãy xóa các dòng thừa ở cuối trang.",
    "a.xlsx, sheet {sheet}: more than 20000 rows. Delete the surplus rows at the end of the sheet.",
)
COLUMNS = (
    "a.xlsx, trang {sheet}: có số liệu ở cột sau cột thứ 260. Hãy xóa các cột ngoài mẫu.",
    "a.xlsx, sheet {sheet}: there are cells beyond column 260. Delete the columns that are not part of the form.",
)


@pytest.mark.parametrize(
    ("place", "messages"),
    [
        (b"XFD1048576", COLUMNS),
        (b"JA2", COLUMNS),
        (b"aaa2", COLUMNS),
        (b"A1048576", ROWS),
        (b"a20001", ROWS),
        (b"B4294967295", ROWS),
    ],
)
def test_two_cells_far_apart_are_refused_before_room_is_made_for_all_between(
    tmp_path: Path, place: bytes, messages: tuple[str, str]
) -> None:
    assert refusal(with_sheet(tmp_path / "a.xlsx", far(place))) == tuple(m.format(sheet="sheet2") for m in messages)


@pytest.mark.parametrize(
    "cell", [b"<c><v>1</v></c>", b"<c s='>' r='XFD9'><v>1</v></c>", b"<x:c/>", b"<c\tx='1'/>", b'<c r="&#88;FD9"/>']
)
def test_cells_that_do_not_say_where_they_are_are_refused(tmp_path: Path, cell: bytes) -> None:
    assert refusal(with_sheet(tmp_path / "a.xlsx", b"<row>%s</row>" % cell)) == told(BROKEN)


@pytest.mark.parametrize("blanks", [0, 100, 150, 199, 250, 1000])
def test_a_far_cell_is_seen_across_the_pieces_in_which_a_part_is_read(tmp_path: Path, blanks: int) -> None:
    start = len(SHEET.partition(b"%s")[0])
    for shift in range(0, 60, 7):
        filler = b" " * (workbook._CHUNK - start - shift)
        path = with_sheet(tmp_path / "a.xlsx", filler[:-1] + b"\n" + b"<c %sr='XFD9'/>" % (b" " * blanks))
        with pytest.raises(UserError):
            read_sheets(path)


@pytest.mark.parametrize(("place", "height", "width"), [(b"B20000", 20_000, 2), (b"IZ9", 9, 260)])
def test_the_outermost_cell_that_is_allowed_is_read(tmp_path: Path, place: bytes, height: int, width: int) -> None:
    rows = read_sheets(with_sheet(tmp_path / "a.xlsx", far(place)))["cells"]
    assert (len(rows), len(rows[0]), rows[-1][-1]) == (height, width, 1.0)


def test_a_long_part_of_plain_cells_is_read_across_its_pieces(tmp_path: Path) -> None:
    cell = b'<c r="%s%d" s="1"><v>%d</v></c>'
    letters = [column_letter(n).encode() for n in range(69)]
    rows = (b"<row>%s</row>" % b"".join(cell % (a, n, n) for a in letters) for n in range(1, 1201))
    assert read_sheets(with_sheet(tmp_path / "a.xlsx", b"".join(rows)))["cells"][-1] == [1200.0] * 69


def test_a_million_rows_are_refused(tmp_path: Path) -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 1_000_001))
    assert refusal(with_sheet(tmp_path / "a.xlsx", rows)) == tuple(text.format(sheet="sheet2") for text in ROWS)


def test_a_million_rows_of_csv_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "a.xlsx"
    folder.mkdir()
    write_csv(folder, "x\n" * 1_000_000)
    assert refusal(folder) == tuple(text.format(sheet="cells") for text in ROWS)


def test_too_many_columns_of_csv_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "a.xlsx"
    folder.mkdir()
    write_csv(folder, "," * 1_000_000)
    assert refusal(folder) == tuple(text.format(sheet="cells") for text in COLUMNS)


def cell_text(length: int) -> bytes:
    return b'<row r="1"><c r="B7" t="inlineStr"><is><t>%s</t></is></c></row>' % (b"x" * length)


def test_ten_megabytes_in_one_cell_are_refused(tmp_path: Path) -> None:
    assert refusal(with_sheet(tmp_path / "a.xlsx", cell_text(10_000_000))) == (
        "a.xlsx: có ô dài hơn 32767 ký tự. Hãy rút ngắn nội dung ô đó.",
        "a.xlsx: there is a cell longer than 32767 characters. Shorten it.",
    )


def test_a_cell_that_is_a_little_too_long_is_named(tmp_path: Path) -> None:
    assert refusal(with_sheet(tmp_path / "a.xlsx", cell_text(32_768))) == (
        "a.xlsx, trang cells, ô B7: dài hơn 32767 ký tự. Hãy rút ngắn nội dung ô này.",
        "a.xlsx, sheet cells, cell B7: longer than 32767 characters. Shorten it.",
    )
    assert read_sheets(with_sheet(tmp_path / "a.xlsx", cell_text(32_767)))["cells"][6][1] == "x" * 32_767


def test_one_long_text_in_very_many_cells_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", SHEETS | {"cells": [["x" * 30_000] * 200] * 40})
    assert path.stat().st_size < 100_000
    assert refusal(path) == told(UNPACKED)


# ---- what is refused: CSV


@pytest.mark.parametrize(
    ("cells", "vi", "en"),
    [
        (
            b"commune\nL\xea L\xf4i\n",
            "cells.csv, byte thứ 10: không phải văn bản UTF-8. Hãy lưu lại tệp với bảng mã UTF-8.",
            "cells.csv, byte 10: not UTF-8 text. Save the file again as UTF-8.",
        ),
        (
            "commune\na\x00b\n",
            "cells.csv, dòng 2: có ký tự điều khiển không nhìn thấy được (U+0000). Hãy xóa ký tự này.",
            "cells.csv, line 2: holds an invisible control character (U+0000). Delete it.",
        ),
        (
            'commune\n"' + "x" * 10_000_000,
            "a, trang cells, ô A2: dài hơn 32767 ký tự. Hãy rút ngắn nội dung ô này.",
            "a, sheet cells, cell A2: longer than 32767 characters. Shorten it.",
        ),
        (
            b" " * (workbook.LARGEST_FILE + 1),
            "cells.csv: tệp lớn hơn 32 MB. Hãy xóa hình ảnh và các trang tính không thuộc mẫu.",
            "cells.csv: the file is larger than 32 MB. Delete pictures and sheets that are not part of the form.",
        ),
    ],
    ids=["not UTF-8", "control character", "huge field", "large"],
)
def test_a_broken_csv_file_is_refused(tmp_path: Path, cells: str | bytes, vi: str, en: str) -> None:
    (tmp_path / "a").mkdir()
    assert refusal(write_csv(tmp_path / "a", cells)) == (vi, en)


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    write_csv(tmp_path, "commune\n")
    (tmp_path / "province.csv").unlink()
    assert refusal(tmp_path)[1].startswith(f"{tmp_path.name}: sheet province is missing. ")


# ---- XML that would read or grow

LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "ha">%s]>' % b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [LAUGHS, OUTSIDE], ids=["billion laughs", "external entity"])
def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path, head: bytes) -> None:
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>a&a11;b</t></is></c></row>'
    name = "xl/worksheets/sheet2.xml"
    path = repacked(book(tmp_path / "a.xlsx"), lambda part, text: head + SHEET % cell if part == name else text)
    try:
        rows = read_sheets(path)["cells"]
    except UserError as error:
        assert error.message("en") == BROKEN[1].format(file="a.xlsx")
    else:
        assert rows in ([["ab"]], [["a&a11;b"]])


def test_reading_a_workbook_starts_no_other_process(tmp_path: Path) -> None:
    """Only .xls and .ods, which are rare, are read in a process of their own."""
    book(tmp_path / "a.xlsx")
    code = (
        "import multiprocessing.context as m, sys; from pathlib import Path; m.BaseContext.Process = None\n"
        "from partybuilding.assess.workbook import read_sheets; print(len(read_sheets(Path(sys.argv[1]))))"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "a.xlsx")]
    assert subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True).stdout == "3\n"
