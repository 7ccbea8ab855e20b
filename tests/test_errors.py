from __future__ import annotations

import ast
import pickle
import string
from importlib import resources
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import partybuilding
from partybuilding.errors import Problems, UserError, message_language, plain, raise_all, sentence, suggestion

SENTENCES: dict[str, dict[str, str]] = yaml.safe_load(
    resources.files("partybuilding").joinpath("errors.yaml").read_text(encoding="utf-8")
)
HOSTILE = [
    "<script>alert(1)</script>",
    "#panic(1)",
    "../../etc",
    "=1+1",
    "{0}",
    "{line}",
    "a\x00\x1b[31mb",
    "x" * 10_000,
]


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", SENTENCES)
def test_each_sentence_stands_in_both_languages_with_the_same_fields(code: str) -> None:
    assert list(SENTENCES[code]) == ["vi", "en"]
    assert named(SENTENCES[code]["vi"]) == named(SENTENCES[code]["en"])


def test_each_code_that_the_library_names_has_a_sentence_with_the_fields_that_are_given() -> None:
    used = 0
    for path in Path(partybuilding.__file__).parent.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            what = getattr(call.func, "id", getattr(call.func, "attr", ""))
            code = call.args[0] if call.args else None
            if what not in ("UserError", "sentence") or not isinstance(code, ast.Constant):
                continue
            used += 1
            assert code.value in SENTENCES, f"{path.name}:{call.lineno}"
            given_fields = {keyword.arg for keyword in call.keywords}
            if None not in given_fields:  # no **fields
                assert named(SENTENCES[code.value]["en"]) <= given_fields, f"{path.name}:{call.lineno}"
    assert used > 30


def test_the_message_language_is_vietnamese_unless_the_environment_names_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = UserError("file_missing", file="params/units.csv")
    assert str(error) == "params/units.csv: không có tệp này. Hãy khôi phục tệp hoặc kiểm tra lại tên."
    for told, lang in (("en", "en"), ("vi", "vi"), ("fr", "vi"), ("", "vi")):
        monkeypatch.setenv("PARTYBUILDING_LANG", told)
        assert message_language() == lang
        assert str(error) == error.message(lang)
    assert error.message("en") == "params/units.csv: there is no such file. Put it back, or check its name."


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_is_quoted_as_it_is_and_never_formatted_again(text: str) -> None:
    error = UserError("unit_unknown", value=text, suggestion=suggestion(text, ["kon-tum"]))
    assert error.message("en") == f'There is no unit "{text}". See the list: partybuilding list --units.'


def test_an_error_inside_an_error_speaks_the_same_language() -> None:
    error = UserError("figure_parts", file="a.csv", line=2, key="period", problem=UserError("period_form", value="x"))
    assert error.message("en").startswith('a.csv, line 2, column period: Period "x" is not one.')
    assert error.message("vi").startswith('a.csv, dòng 2, cột period: Kỳ báo cáo "x" không hợp lệ.')


def test_a_user_error_survives_pickling_whole() -> None:
    near = suggestion("kon-tumm", ["kon-tum"])
    error = UserError("unit_unknown", value="kon-tumm", suggestion=near, self="s", code="c")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is UserError
    assert (again.code, again.fields) == ("unit_unknown", error.fields)
    assert again.message("en") == error.message("en")


def test_problems_survive_pickling_with_all_that_was_found() -> None:
    inner = Problems([UserError("file_missing", file="a"), UserError("file_missing", file="b")])
    again = pickle.loads(pickle.dumps(Problems([inner, UserError("period_form", value="2022-13")])))
    assert type(again) is Problems
    assert again.message("en") == (
        "a: there is no such file. Put it back, or check its name.\n"
        "b: there is no such file. Put it back, or check its name.\n"
        'Period "2022-13" is not one. Write a year, half-year, quarter or month: 2022, 2022-H1, 2022-Q4, 2022-11.'
    )
    assert [type(problem) for problem in again.found] == [Problems, UserError]


def test_raise_all_raises_nothing_the_one_or_all() -> None:
    one, two = UserError("period_form", value="a"), UserError("period_form", value="b")
    raise_all([])
    with pytest.raises(UserError) as caught:
        raise_all([one])
    assert caught.value is one
    with pytest.raises(Problems) as all_of_them:
        raise_all([one, two])
    assert all_of_them.value.found == (one, two)


def test_a_notebook_shows_one_line_without_a_traceback() -> None:
    error = UserError("file_missing", file="a")
    assert error._render_traceback_() == ["UserError: a: không có tệp này. Hãy khôi phục tệp hoặc kiểm tra lại tên."]


@pytest.mark.parametrize(
    ("typed", "known", "word"),
    [
        ("kon-tumm", ["kon-tum", "bac-giang"], "kon-tum"),
        ("Đắk Lăk", ["dak-lak", "Đắk Lắk"], "Đắk Lắk"),
        ("Đa\u0306\u0301k La\u0306\u0301k", ["Đắk Lắk"], "Đắk Lắk"),  # decomposed, as a Mac types it
        ("tokyo", ["kon-tum"], ""),
        ("", ["kon-tum"], ""),
        ("kon-tum", [], ""),
        ("x" * 10_000, ["kon-tum"], ""),
    ],
)
def test_the_suggestion_is_the_nearest_word_without_regard_to_accents(typed: str, known: list[str], word: str) -> None:
    assert suggestion(typed, known).word == word


def test_a_suggestion_reads_as_a_question_and_no_suggestion_as_nothing() -> None:
    near = suggestion("kontum", ["kon-tum"])
    assert (near.message("vi"), near.message("en")) == (' Có phải ý bạn là "kon-tum"?', ' Did you mean "kon-tum"?')
    assert suggestion("tokyo", ["kon-tum"]).message("en") == ""


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Đắk Lắk", "dak lak"),
        ("Thừa Thiên Huế", "thua thien hue"),
        ("Bà Rịa - Vũng Tàu", "ba ria - vung tau"),
        ("ĐÔNG", "dong"),
    ],
)
def test_plain_drops_accents_and_case(text: str, bare: str) -> None:
    assert plain(text) == bare


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_plain_changes_nothing_the_second_time(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_an_unknown_code_is_a_bug_and_raises() -> None:
    with pytest.raises(KeyError):
        sentence("no_such_sentence")
