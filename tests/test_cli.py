"""The command line: exit statuses and exact messages in both languages, and what a run leaves behind."""

from __future__ import annotations

import csv
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Command
from test_runner import write_stub

from partybuilding import cli
from partybuilding.periods import Period
from partybuilding.publish import edition

Answer = tuple[int, str, str]
Typed = Callable[..., Answer]


def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: str, *words: str | Path) -> Answer:
    """Run the command line within this process: exit status, stdout, stderr."""
    monkeypatch.setenv("PARTYBUILDING_LANG", lang)
    monkeypatch.setattr(sys, "argv", ["partybuilding", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    return lambda *words, lang="vi": typed(monkeypatch, capsys, lang, *words)


RUN = ("run", "kon-tum", "2022")
SLIPS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "unknown province": (
        ("run", "kon-tun", "2022"),
        'Không có đơn vị "kon-tun". Có phải ý bạn là "kon-tum"? Xem danh sách: partybuilding list --units.',
        'There is no unit "kon-tun". Did you mean "kon-tum"? See the list: partybuilding list --units.',
    ),
    "unknown parameter": (
        (*RUN, "-p", "provnce", "x"),
        'Sổ tay province_assessment không có tham số "provnce". Có phải ý bạn là "province"? '
        "Các tham số: province, period, lang, source, document_date, form.",
        'Notebook province_assessment has no parameter "provnce". Did you mean "province"? '
        "It has: province, period, lang, source, document_date, form.",
    ),
    "parameter given twice": (
        (*RUN, "-p", "document_date", "2022-12-20", "-p", "document_date", "2022-12-21"),
        'Tham số "document_date" đã được đặt bằng -p; hãy bỏ một trong hai.',
        'Parameter "document_date" is already set by -p; leave one of them out.',
    ),
    "no such month": (
        ("run", "kon-tum", "2022-13"),
        'Kỳ báo cáo "2022-13" không hợp lệ. Hãy viết năm, nửa năm, quý hoặc tháng: 2022, 2022-H1, 2022-Q4, 2022-11.',
        'Period "2022-13" is not one. Write a year, half-year, quarter or month: 2022, 2022-H1, 2022-Q4, 2022-11.',
    ),
    "province that has ended": (
        ("run", "kon-tum", "2026"),
        "Kon Tum không còn là đơn vị hành chính cấp tỉnh từ ngày 01/07/2025, nên không có báo cáo kỳ 2026. "
        'Hãy dùng đơn vị kế thừa "quang-ngai" (Quảng Ngãi) cho kỳ này.',
        "Kon Tum ceased to be a provincial unit on 01 July 2025, so there is no report for 2026. "
        'Use its successor "quang-ngai" (Quảng Ngãi) for this period.',
    ),
    "nothing reported": (
        ("run", "kon-tum", "2023"),
        'Nguồn "published" không có số liệu của Kon Tum kỳ 2023. Các kỳ có số liệu: kon-tum 2022. '
        "Xem: partybuilding list.",
        'Source "published" has nothing on Kon Tum for 2023. It has: kon-tum 2022. See: partybuilding list.',
    ),
    "unknown language": (
        (*RUN, "--lang", "fr"),
        'Không có ngôn ngữ "fr" (no language "fr"). Hãy chọn vi hoặc en (choose vi or en).',
        'There is no language "fr". Choose vi or en.',
    ),
    "unknown source": (
        (*RUN, "--source", "publishd"),
        'Không có nguồn số liệu "publishd" trong thư mục data/. Có phải ý bạn là "published"? '
        "Nguồn hiện có: published, demo.",
        'There is no source "publishd" in the folder data/. Did you mean "published"? Sources: published, demo.',
    ),
    "unknown format": (
        (*RUN, "--format", "html,docx"),
        'Không có định dạng "docx". Hãy chọn trong: html, pdf.',
        'There is no format "docx". Choose from: html, pdf.',
    ),
    "unknown notebook": (
        (*RUN, "--notebook", "province_asessment"),
        'Không có sổ tay "province_asessment" trong thư mục notebooks/. Có phải ý bạn là "province_assessment"? '
        "Hiện có: cell_handout, data_quality, province_assessment.",
        'There is no notebook "province_asessment" in the folder notebooks/. Did you mean "province_assessment"? '
        "There are: cell_handout, data_quality, province_assessment.",
    ),
    "no such batch file": (
        ("batch", "params/batches.yaml"),
        "params/batches.yaml: không có tệp này. Hãy khôi phục tệp hoặc kiểm tra lại tên.",
        "params/batches.yaml: there is no such file. Put it back, or check its name.",
    ),
    "nothing of that name in the batch": (
        ("batch", "--only", "bac-gian"),
        'Kế hoạch không có báo cáo "bac-gian". Có phải ý bạn là "bac-giang"? '
        "Xem tên các báo cáo: partybuilding batch --dry-run.",
        'The plan has no report "bac-gian". Did you mean "bac-giang"? See the names: partybuilding batch --dry-run.',
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_slip_gives_one_message_that_says_what_to_do_and_no_file(
    command: Typed, tmp_path: Path, slip: str, lang: str
) -> None:
    words, vi, en = SLIPS[slip]
    out = tmp_path / "reports"
    assert command(*words, "--out", out, lang=lang) == (2, "", f"{vi if lang == 'vi' else en}\n")
    assert not out.exists()


def line_of(path: Path, words: str) -> int:
    """Number of the first line with these words."""
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if words in line)


SPOILT: dict[str, tuple[str, str, str, str, str]] = {
    "a target on an unknown indicator": (
        "params/targets.yaml",
        "indicator: member_commitment_rate",
        "indicator: member_comitment_rate",
        '"member_comitment_rate" (khóa indicator) không có trong params/indicators.yaml. '
        'Có phải ý bạn là "member_commitment_rate"? Hãy sửa tên hoặc bổ sung vào params/indicators.yaml.',
        '"member_comitment_rate" (key indicator) is not in params/indicators.yaml. '
        'Did you mean "member_commitment_rate"? Correct it, or add it to params/indicators.yaml.',
    ),
    "an indicator with a typo in a key": (
        "params/indicators.yaml",
        "    direction: ",
        "    directon: ",
        'khóa hoặc cột "indicators.advisory_function.directon" không được dùng ở đây. Có phải ý bạn là "direction"? '
        "Hãy sửa tên hoặc xóa khóa này.",
        'key or column "indicators.advisory_function.directon" is not used here. Did you mean "direction"? '
        "Correct the name or delete it.",
    ),
    "a figure with the letter O": (
        "data/published/kon-tum-2022.csv",
        "cell_standing_board_rate,=,90.2",
        'cell_standing_board_rate,=,"9O,2"',
        'cột value: "9O,2" không phải là số. Hãy nhập lại bằng chữ số (kiểm tra chữ O với số 0, chữ l với số 1), '
        'ví dụ 90.2 hoặc "90,2".',
        'column value: "9O,2" is not a number. Type it again in digits (check the letter O for 0, l for 1), '
        'for example 90.2 or "90,2".',
    ),
}


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("slip", SPOILT)
@pytest.mark.parametrize("words", [RUN, ("batch",), ("check",)], ids=lambda words: words[0])
def test_a_slip_in_params_or_data_is_named_by_file_and_line_before_anything_runs(
    *, command: Typed, project: Path, tmp_path: Path, slip: str, lang: str, words: tuple[str, ...]
) -> None:
    name, old, new, vi, en = SPOILT[slip]
    text = (project / name).read_text(encoding="utf-8")
    assert old in text
    (project / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    where = f"{name}, {'dòng' if lang == 'vi' else 'line'} {line_of(project / name, new.strip())}"
    out = tmp_path / "reports"
    place = () if words == ("check",) else ("--out", out)
    status, told, error = command(*words, *place, lang=lang)
    assert (status, told) == (2, "")
    assert error == f"{where}{',' if 'O,2' in new else ':'} {vi if lang == 'vi' else en}\n"
    assert not out.exists()


@pytest.mark.parametrize("blocked", ["reports", "reports/.staging"])
def test_a_folder_that_cannot_be_written_to_is_refused(command: Typed, tmp_path: Path, blocked: str) -> None:
    place = tmp_path / blocked
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file")
    status, told, error = command(*RUN, "--out", tmp_path / "reports", lang="en")
    assert (status, told) == (2, "")
    assert "reports" in error
    assert "Traceback" not in error
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"] == [place]


def test_a_slip_leaves_no_traceback_behind_and_speaks_the_language_of_the_report(partybuilding: Command) -> None:
    done = partybuilding("run", "kon-tum", "2026", "--lang", "en")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{SLIPS['province that has ended'][2]}\n")


def by_period(path: Path) -> tuple[str, Period]:
    """Order of the list: province, then period."""
    province, _, period = path.stem.partition("_")
    return province, Period.parse(period)


def test_list_says_what_can_be_reported(command: Typed) -> None:
    status, told, error = command("list")
    assert (status, error) == (0, "")
    rows = [re.findall(r"[\w-]+", line) for line in told.splitlines() if "published" in line]
    assert [row[:3] for row in rows] == [["published", "2022", "bac-giang"], ["published", "2022", "kon-tum"]]
    for row in rows:
        with (ROOT / "data" / "published" / f"{row[2]}-2022.csv").open(encoding="utf-8") as lines:
            assert row[3:] == [str(len(list(csv.DictReader(lines))))]
    returns = [line.split("│")[4].strip() for line in told.splitlines() if "demo" in line]
    assert returns == [
        f"data/demo/{path.name}" for path in sorted((ROOT / "data" / "demo").glob("*.xlsx"), key=by_period)
    ]


def test_list_units_shows_every_slug_whole_where_there_is_no_terminal(command: Typed) -> None:
    status, told, error = command("list", "--units")
    assert (status, error) == (0, "")
    with (ROOT / "params" / "units.csv").open(encoding="utf-8") as lines:
        due = [(row["slug"], row["valid_to"], row["successor"]) for row in csv.DictReader(lines)]
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.splitlines() if line.startswith("│")]
    assert sorted((c[0], c[4], c[5]) for c in cells if c[0]) == sorted(due)
    assert len({slug for slug, _, _ in due}) > 63


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "vi",
            r"params/ và data/ hợp lệ: (\d+) đơn vị, (\d+) chỉ tiêu, (\d+) mục tiêu, "
            r"(\d+) số liệu từ published, demo; ",
        ),
        ("en", r"params/ and data/ are in order: (\d+) units, (\d+) indicators, (\d+) targets, (\d+) figures from "),
    ],
)
def test_check_counts_what_is_in_order(command: Typed, lang: str, expected: str) -> None:
    status, told, error = command("check", lang=lang)
    assert (status, error) == (0, "")
    found = re.match(expected, told)
    assert found
    assert all(int(count) > 10 for count in found.groups())
    assert told.endswith({"vi": " báo cáo.\n", "en": " reports planned.\n"}[lang])


NAMES = [
    *(
        f"{source}/2022/{p}/{notebook}.{lang}"
        for source, notebooks in (
            ("published", ("province_assessment", "province_assessment.brief")),
            ("demo", ("province_assessment", "province_assessment.brief")),
            ("demo", ("data_quality",)),
        )
        for p in ("kon-tum", "bac-giang")
        for notebook in notebooks
        for lang in ("vi", "en")
    ),
    *(f"demo/2022/kon-tum.cells/{code}/cell_handout.{lang}" for code in ("23293", "23404") for lang in ("vi", "en")),
]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), NAMES),
        (("--only", "bac-giang"), [name for name in NAMES if "bac-giang" in name]),
        (("--only", NAMES[1], "--only", "bac-giang/province_assessment.vi"), [NAMES[1], NAMES[4], NAMES[12]]),
        (("--limit", "3"), NAMES[:3]),
        (("params/batch.yaml", "--only", "kon-tum", "--limit", "1"), NAMES[:1]),
    ],
)
def test_a_dry_run_says_what_would_be_made_and_makes_nothing(
    command: Typed, tmp_path: Path, words: tuple[str, ...], names: list[str]
) -> None:
    out = tmp_path / "reports"
    status, told, error = command("batch", "--dry-run", *words, "--out", out, lang="en")
    assert (status, error) == (0, "")
    due = f"{len(names)} reports would be made; 0 are up to date."
    assert told.splitlines() == [*(f"{name}: not made yet" for name in names), due]
    vi = command("batch", "--dry-run", *words, "--out", out)[1].splitlines()
    assert vi[0] == f"{names[0]}: chưa có, sẽ lập"
    assert vi[-1] == f"Sẽ lập {len(names)} báo cáo; 0 báo cáo đã cập nhật."
    assert not out.exists()


@pytest.mark.parametrize("words", [("--limit", "0"), ("--limit", "x"), ("--nothing",)])
def test_wrong_use_of_an_option_is_exit_status_two(command: Typed, words: tuple[str, ...]) -> None:
    status, told, error = command("batch", "--dry-run", *words)
    assert (status, told) == (2, "")
    assert words[0] in error


BATCH = """reports:
  - {source: published, provinces: [kon-tum, bac-giang], periods: [2022], languages: [vi, en], notebooks: [stub]}
"""


def test_one_report_that_fails_never_stops_the_others_and_can_be_made_again_alone(
    command: Typed, project: Path, tmp_path: Path
) -> None:
    out, plan = tmp_path / "reports", project / "params" / "stub.yaml"
    plan.write_text(BATCH.replace(", bac-giang", ""), encoding="utf-8")
    write_stub(project, vi={"divisor": 0})
    status, told, error = command("batch", plan, "--jobs", "1", "--out", out, lang="en")
    assert status == 1
    assert told.splitlines() == [
        "[1/2] failed: published/2022/kon-tum/stub.vi",
        "[2/2] published: published/2022/kon-tum/stub.en",
        "1 of 2 reports published in reports/; 0 were up to date.",
    ]
    again = f"partybuilding batch {plan} --only published/2022/kon-tum/stub.vi --out {out}"
    assert error.splitlines() == [
        "failed: published/2022/kon-tum/stub.vi",
        "  ZeroDivisionError: division by zero",
        f"Make only these again: {again}. Executed notebooks and reasons: reports/_failed/.",
    ]
    assert list(edition.Reports(out).entries) == ["published/2022/kon-tum/stub.en"]
    assert command("verify", "--out", out)[0] == 0

    write_stub(project)
    status, told, error = command(*shlex.split(again)[1:], lang="vi")
    assert (status, error) == (0, "")
    assert told.splitlines() == [
        "[1/1] đã công bố: published/2022/kon-tum/stub.vi",
        "Đã công bố 1/1 báo cáo trong reports/; 0 báo cáo đã cập nhật, không phải lập lại.",
    ]
    assert len(edition.Reports(out).entries) == 2
    assert not (out / "_failed").exists()
    assert not (out / ".staging").exists()
    assert command("verify", "--out", out)[0] == 0


def test_a_withheld_report_is_named_with_its_reasons_and_the_same_command(
    command: Typed, project: Path, tmp_path: Path
) -> None:
    write_stub(project, vi={"parts": ["<header><h1>A</h1></header>", "<p>nan%</p>"]})
    words: list[Any] = [*RUN, "--notebook", "stub", "--format", "html", "--out", tmp_path / "reports"]
    status, told, error = command(*words)
    assert status == 1
    assert told.splitlines() == [
        "[1/1] chưa cho công bố: published/2022/kon-tum/stub.vi",
        "Đã công bố 0/1 báo cáo trong reports/; 0 báo cáo đã cập nhật, không phải lập lại.",
    ]
    first, reason, last = error.splitlines()
    assert first == "chưa cho công bố: published/2022/kon-tum/stub.vi"
    assert reason.startswith('  stub.vi.html: có giá trị rỗng của chương trình: "')
    again = shlex.join(["partybuilding", *map(str, words)])
    assert last == f"Lập lại riêng các báo cáo này: {again}. Sổ tay đã chạy và nguyên nhân: reports/_failed/."
    assert not (tmp_path / "reports" / "published").exists()


def test_help_names_every_command_in_both_languages(partybuilding: Command) -> None:
    for lang, words in (("vi", "Lập một báo cáo"), ("en", "Make one report")):
        told = partybuilding("--help", lang=lang)
        assert told.returncode == 0
        assert words in told.stdout
        assert all(
            re.search(rf"^  {name} ", told.stdout, re.M)
            for name in ("list", "check", "forms", "demo", "run", "batch", "verify")
        )


def test_a_document_date_that_is_none_is_wrong_use(command: Typed, tmp_path: Path) -> None:
    status, _, told = command(*RUN, "-p", "document_date", "20/12/2022", "--out", tmp_path / "out", lang="en")
    assert (status, (tmp_path / "out").exists()) == (2, False)
    assert told == (
        'Document date "20/12/2022" is not a date. Write YEAR-MONTH-DAY, for example 2022-12-20, or leave it empty.\n'
    )
