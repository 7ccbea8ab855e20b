from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from conftest import HOSTILE
from pydantic import Field

from partybuilding.errors import Problems, UserError
from partybuilding.params import Entry, home, load, read_rows, read_text, read_yaml, shown, typed_rows


class Office(Entry):
    code: str
    answer: str = "-"
    stand: str = "-"
    number: float = 0
    count: int = Field(1, ge=0, le=9)
    day: date | None = None
    yes: bool = False
    names: tuple[str, ...] = ()


def written(place: Path, text: str | bytes, name: str = "a.yaml") -> Path:
    path = place / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        load(path, Office) if path.suffix == ".yaml" else typed_rows(path, Office)
    return caught.value


# ---- where the project lies


def test_the_home_is_the_folder_that_the_environment_names(project: Path) -> None:
    assert home() == project
    assert shown(project / "params" / "units.csv") == "params/units.csv"


def test_the_home_is_found_from_a_folder_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARTYBUILDING_HOME")
    monkeypatch.chdir(project / "data" / "published")
    assert home().samefile(project)


def test_a_named_home_without_params_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTYBUILDING_HOME", str(tmp_path))
    with pytest.raises(UserError) as caught:
        home()
    assert caught.value.message("en") == (
        f'No folder params/ was found from "{tmp_path}" upwards. Run the command in the project\'s folder, '
        "or set PARTYBUILDING_HOME to that folder."
    )


def test_a_file_outside_the_project_is_shown_by_its_name_alone(tmp_path: Path) -> None:
    assert shown(tmp_path / "secret" / "a.yaml") == "a.yaml"


# ---- text


def test_text_is_composed_and_loses_its_byte_order_mark(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Đắk Lắk")
    assert decomposed != "Đắk Lắk"
    assert read_text(written(tmp_path, "\ufeff" + decomposed)) == "Đắk Lắk"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path / "b.yaml")
    assert error.message("vi") == "b.yaml: không có tệp này. Hãy khôi phục tệp hoặc kiểm tra lại tên."
    assert error.message("en") == "b.yaml: there is no such file. Put it back, or check its name."


@pytest.mark.parametrize("name", ["a.yaml", "a.csv"])
def test_a_file_that_is_not_utf8_is_refused_with_the_byte(tmp_path: Path, name: str) -> None:
    error = refused(written(tmp_path, b"code: \xd0\xc0", name))  # Windows-1258: the 7th byte cannot begin a letter
    assert error.message("vi") == f"{name}, byte thứ 7: không phải văn bản UTF-8. Hãy lưu lại tệp với bảng mã UTF-8."
    assert error.message("en") == f"{name}, byte 7: not UTF-8 text. Save the file again as UTF-8."


@pytest.mark.parametrize("name", ["a.yaml", "a.csv"])
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x0b", "\x1b", "\x1c", "\x7f"])
def test_a_control_character_is_refused_with_its_line(tmp_path: Path, name: str, character: str) -> None:
    error = refused(written(tmp_path, f"code: 1\nanswer: a{character}b", name))
    number = f"{ord(character):04X}"
    assert error.message("vi") == (
        f"{name}, dòng 2: có ký tự điều khiển không nhìn thấy được (U+{number}). Hãy xóa ký tự này."
    )
    assert error.message("en") == f"{name}, line 2: holds an invisible control character (U+{number}). Delete it."


def test_a_control_character_written_as_an_escape_is_refused_too(tmp_path: Path) -> None:
    error = refused(written(tmp_path, 'code: 1\nanswer: "a\\0b"'))
    assert (error.code, error.fields["line"]) == ("control_character", 2)


# ---- YAML


def test_the_typing_traps_of_yaml_stay_text(tmp_path: Path) -> None:
    words = ["01", "NO", "2024_01", "08", "yes", "1e3", "0x10", "null", "~", "1:30", "2022-12-31", "=1+1"]
    content = read_yaml(written(tmp_path, "".join(f"- {word}\n" for word in words)))
    assert content == words
    office = load(written(tmp_path, "code: 01\nanswer: NO\nstand: 2024_01"), Office)
    assert (office.code, office.answer, office.stand) == ("01", "NO", "2024_01")


def test_typed_keys_are_typed_by_the_model(tmp_path: Path) -> None:
    office = load(
        written(tmp_path, "code: 1\nnumber: 90.2\ncount: 08\nday: 2022-12-31\nyes: NO\nnames: [a, b]"), Office
    )
    assert (office.number, office.count, office.day) == (90.2, 8, date(2022, 12, 31))
    assert (office.yes, office.names) == (False, ("a", "b"))


def test_a_value_is_never_changed_afterwards(tmp_path: Path) -> None:
    office = load(written(tmp_path, "code: 01"), Office)
    with pytest.raises(ValueError, match="frozen"):
        office.code = "02"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_kept_as_it_stands(tmp_path: Path, text: str) -> None:
    assert load(written(tmp_path, f"code: '{text}'"), Office).code == text


def test_a_doubled_key_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refused(written(tmp_path, "code: 1\nanswer: a\ncode: 2"))
    assert error.message("vi") == 'a.yaml, dòng 3: khóa "code" xuất hiện hai lần. Hãy xóa hoặc đổi tên một khóa.'
    assert error.message("en") == 'a.yaml, line 3: key "code" stands twice. Delete or rename one of them.'


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        (
            "code: 1\nanswr: a",
            'a.yaml, dòng 2: khóa hoặc cột "answr" không được dùng ở đây. Có phải ý bạn là "answer"? '
            "Hãy sửa tên hoặc xóa khóa này.",
            'a.yaml, line 2: key or column "answr" is not used here. Did you mean "answer"? '
            "Correct the name or delete it.",
        ),
        (
            "code: 1\nzzz: a",
            'a.yaml, dòng 2: khóa hoặc cột "zzz" không được dùng ở đây. Hãy sửa tên hoặc xóa khóa này.',
            'a.yaml, line 2: key or column "zzz" is not used here. Correct the name or delete it.',
        ),
        (
            "# nothing\nanswer: a",
            'a.yaml, dòng 2: thiếu giá trị cho "code". Hãy bổ sung.',
            'a.yaml, line 2: "code" is missing. Add it.',
        ),
        ("", 'a.yaml, dòng 1: thiếu giá trị cho "code". Hãy bổ sung.', 'a.yaml, line 1: "code" is missing. Add it.'),
        (
            "code:",
            "a.yaml, dòng 1, code: để trống. Hãy điền giá trị hoặc xóa khóa này.",
            "a.yaml, line 1, code: empty. Fill it in or delete the key.",
        ),
        (
            "code: 1\nnumber: 9O.2",
            'a.yaml, dòng 2, number: "9O.2" không phải là số. Hãy nhập số bằng chữ số, ví dụ 90.2 hoặc "90,2".',
            'a.yaml, line 2, number: "9O.2" is not a number. Write it in digits, for example 90.2 or "90,2".',
        ),
        (
            "code: 1\nday: 31/12/2022",
            'a.yaml, dòng 2, day: "31/12/2022" không phải là ngày. '
            "Hãy viết theo dạng NĂM-THÁNG-NGÀY, ví dụ 2022-12-31.",
            'a.yaml, line 2, day: "31/12/2022" is not a date. Write it as YEAR-MONTH-DAY, for example 2022-12-31.',
        ),
        (
            "code: 1\nday: 2022-02-29",
            'a.yaml, dòng 2, day: "2022-02-29" không phải là ngày. '
            "Hãy viết theo dạng NĂM-THÁNG-NGÀY, ví dụ 2022-12-31.",
            'a.yaml, line 2, day: "2022-02-29" is not a date. Write it as YEAR-MONTH-DAY, for example 2022-12-31.',
        ),
        (
            "code: 1\nyes: perhaps",
            'a.yaml, dòng 2, yes: "perhaps" không rõ có hay không. Hãy viết yes hoặc no.',
            'a.yaml, line 2, yes: "perhaps" is neither yes nor no. Write yes or no.',
        ),
        (
            "code: 1\ncount: -1",
            'a.yaml, dòng 2, count: "-1" nằm ngoài giới hạn (phải >= 0). Hãy sửa số.',
            'a.yaml, line 2, count: "-1" is out of range (it must be >= 0). Correct the number.',
        ),
        (
            "code: 1\nnames: kon-tum",
            'a.yaml, dòng 2, names: "kon-tum" không phải là danh sách. Hãy đặt trong ngoặc vuông, ví dụ [kon-tum].',
            'a.yaml, line 2, names: "kon-tum" is not a list. Put it in square brackets, for example [kon-tum].',
        ),
        (
            "code: 1\nnames:\n  - a\n  -",
            "a.yaml, dòng 4, names.1: để trống. Hãy điền giá trị hoặc xóa khóa này.",
            "a.yaml, line 4, names.1: empty. Fill it in or delete the key.",
        ),
    ],
)
def test_a_slip_is_told_with_file_line_key_and_remedy(tmp_path: Path, text: str, vi: str, en: str) -> None:
    error = refused(written(tmp_path, text))
    assert (error.message("vi"), error.message("en")) == (vi, en)


def test_several_slips_are_told_in_one_go(tmp_path: Path) -> None:
    error = refused(written(tmp_path, "answr: a\nnumber: many\ncount: 10"))
    assert isinstance(error, Problems)
    assert [(problem.code, problem.fields["line"]) for problem in error.found] == [
        ("key_missing", 1),
        ("value_not_number", 2),
        ("value_out_of_range", 3),
        ("key_unknown", 1),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("code: [1", 1),
        ("code: 1\n\tanswer: 2", 2),
        ("code: a: b", 1),
        ("code: 'a", 1),
        ("? [a]\n: b", 1),
        ("a\n---\nb", 2),
    ],
)
def test_broken_yaml_is_told_with_its_line_and_never_as_a_traceback(tmp_path: Path, text: str, line: int) -> None:
    error = refused(written(tmp_path, text))
    assert (error.code, error.fields["line"]) == ("yaml_form", line)
    assert error.message("en").startswith(f"a.yaml, line {line}: not readable as YAML (")


@pytest.mark.parametrize("text", ["- a\n- b", "just words"])
def test_yaml_of_another_shape_is_a_slip_too(tmp_path: Path, text: str) -> None:
    assert refused(written(tmp_path, text)).code == "value_form"


# ---- CSV

COLUMNS = ("code", "answer")


def rows(place: Path, text: str, optional: tuple[str, ...] = ()) -> list[tuple[int, dict[str, str]]]:
    return read_rows(written(place, text, "a.csv"), COLUMNS, optional)


def csv_refused(place: Path, text: str) -> UserError:
    with pytest.raises(UserError) as caught:
        rows(place, text, ("note",))
    return caught.value


def test_rows_come_with_their_lines_and_blank_rows_are_left_out(tmp_path: Path) -> None:
    text = "\ufeffcode, answer\r\n01,NO\r\n,\r\n\r\n 08 ,2024_01\r\n"
    assert rows(tmp_path, text) == [(2, {"code": "01", "answer": "NO"}), (5, {"code": "08", "answer": "2024_01"})]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_machine(tmp_path: Path, end: str) -> None:
    assert [row["code"] for _, row in rows(tmp_path, end.join(["code,answer", "1,a", "2,b", ""]))] == ["1", "2"]


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    assert rows(tmp_path, "answer,code\na,1") == [(2, {"answer": "a", "code": "1"})]


def test_a_head_alone_holds_no_rows(tmp_path: Path) -> None:
    assert rows(tmp_path, "code,answer\n") == []


@pytest.mark.parametrize("text", ['a,b "c"', "one\ntwo", "một\u2028hai", "a\x85b", *HOSTILE])
def test_a_quoted_cell_is_kept_as_it_stands(tmp_path: Path, text: str) -> None:
    cell = '"' + text.replace('"', '""') + '"'
    assert [row for _, row in rows(tmp_path, f"code,answer\n{cell},1\n2,2")] == [
        {"code": text, "answer": "1"},
        {"code": "2", "answer": "2"},
    ]


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        (
            "code,answr,answer\n",
            'a.csv, dòng 1: cột "answr" không có trong mẫu. Có phải ý bạn là "answer"? Hãy sửa tên hoặc xóa cột này.',
            'a.csv, line 1: column "answr" is not part of the form. Did you mean "answer"? '
            "Correct its name or delete it.",
        ),
        (
            "code,answer,code\n",
            'a.csv, dòng 1: cột "code" xuất hiện hai lần. Hãy xóa một cột.',
            'a.csv, line 1: column "code" stands twice. Delete one of them.',
        ),
        (
            "code,note\n",
            'a.csv, dòng 1: thiếu cột "answer". Hãy thêm cột này.',
            'a.csv, line 1: column "answer" is missing. Add it.',
        ),
        (
            "code,answer\n1,90,2\n",
            "a.csv, dòng 2: có 3 ô, cần 2 ô. Hãy kiểm tra dấu phẩy và đặt trong dấu nháy kép các ô có dấu phẩy.",
            "a.csv, line 2: 3 cells where 2 are due. Check the commas; put cells that hold a comma in double quotes.",
        ),
        (
            "",
            'a.csv, dòng 1: thiếu cột "code". Hãy thêm cột này.\na.csv, dòng 1: thiếu cột "answer". Hãy thêm cột này.',
            'a.csv, line 1: column "code" is missing. Add it.\na.csv, line 1: column "answer" is missing. Add it.',
        ),
        (
            'code,answer\n1,"open\n2,b\n',
            "a.csv, dòng 3: không đọc được CSV (unexpected end of data). Hãy kiểm tra dấu nháy kép: "
            "mở và đóng đủ cặp, dấu nháy bên trong viết hai lần.",
            "a.csv, line 3: not readable as CSV (unexpected end of data). Check the double quotes: "
            "each one opened is closed, one inside a cell is written twice.",
        ),
    ],
)
def test_a_wrong_table_is_told_with_its_line(tmp_path: Path, text: str, vi: str, en: str) -> None:
    error = csv_refused(tmp_path, text)
    assert (error.message("vi"), error.message("en")) == (vi, en)


def test_all_rows_of_a_wrong_length_are_told_in_one_go(tmp_path: Path) -> None:
    error = csv_refused(tmp_path, 'code,answer\n1\n2,b\n"3\n",b,c\n')
    assert isinstance(error, Problems)
    found = [(problem.fields["line"], problem.fields["count"]) for problem in error.found]
    assert found == [(2, 1), (5, 3)]


def test_a_blank_cell_counts_as_not_given(tmp_path: Path) -> None:
    text = "code,count,day\n01,,\n02,5,2022-12-31\n"
    assert [(line, o.code, o.count, o.day) for line, o in typed_rows(written(tmp_path, text, "a.csv"), Office)] == [
        (2, "01", 1, None),
        (3, "02", 5, date(2022, 12, 31)),
    ]


def test_all_slips_of_a_table_are_told_with_their_lines(tmp_path: Path) -> None:
    error = refused(written(tmp_path, "code,count,day\n,1,\n02,l5,\n03,2,soon\n", "a.csv"))
    assert error.message("en").splitlines() == [
        'a.csv, line 2: "code" is missing. Add it.',
        'a.csv, line 3, count: "l5" is not a number. Write it in digits, for example 90.2 or "90,2".',
        'a.csv, line 4, day: "soon" is not a date. Write it as YEAR-MONTH-DAY, for example 2022-12-31.',
    ]
