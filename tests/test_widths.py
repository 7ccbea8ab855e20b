"""Widths of printed columns: no word cut, no column starved, heights that follow from them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import HOSTILE

from partybuilding.publish.export.widths import INSET, LEADING, NUMBER, PADDING, SLACK, WIDEST_WORD, fitted, width

ROOM = 460.0


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool] | None = None) -> list[float]:
    """The columns without the room beside their words."""
    none = [False] * len(head)
    made = fitted(head, rows, numbers or none, none, 10, ROOM)
    assert sum(made.columns) == pytest.approx(ROOM)
    return [one - 2 * INSET for one in made.columns]


def test_letters_have_the_width_of_times() -> None:
    assert width("0123456789") == pytest.approx(5.0)  # half an em each
    assert width(" ") == pytest.approx(0.25)
    assert width("ủ", bold=True) > width("ủ")
    assert width("\u4e2d") == 1.0  # not in the type: as wide as high
    assert width("") == 0


def test_short_columns_have_their_widest_cell_and_the_rest_is_shared() -> None:
    first, second = columns(["a", "b"], [["11111", "1"], ["1", "11"]])
    assert first - second == pytest.approx(10 * (width("11111") - width("11")))


def test_the_longest_cells_have_the_most_room_and_no_word_is_cut() -> None:
    rows = [["xã Đăk Mar", "Hoàn thành tốt nhiệm vụ " * 12, "12/12"]] * 30
    name, long, number = columns(["Đơn vị", "Xếp loại", "Sinh hoạt"], rows, [False, False, True])
    assert name >= 10 * width("xã Đăk Mar")  # short cells are not broken for the sake of a few words less
    assert number >= 10 * width("12/12")
    assert long > 3 * (name + number) / 2


def test_a_number_stays_on_one_line_up_to_a_bound() -> None:
    filler = "từ " * 400
    kept, _ = columns(["n", "x"], [["100% (toàn bộ)", filler]], [True, False])
    assert kept >= 10 * width("100% (toàn bộ)")
    assert 10 * width("100% (toàn bộ)") < NUMBER < 10 * width("có, không nêu số liệu ở nơi nào")
    broken, _ = columns(["n", "x"], [["có, không nêu số liệu ở nơi nào", filler]], [True, False])
    assert broken < 10 * width("có, không nêu số liệu ở nơi nào")


def test_a_head_of_four_words_takes_two_lines() -> None:
    made = fitted(["Cùng kỳ năm trước", "x"], [["1", "từ " * 500]], [True, False], [False] * 2, 10, ROOM)
    assert made.head == 2 * 10 + LEADING + 2 * PADDING


def test_heights_follow_from_the_lines() -> None:
    room = 2 * INSET + 10 * width("từ từ") + SLACK + 0.01
    made = fitted(["a"], [["từ"], ["từ từ từ"], [""]], [False], [False], 10, room)
    one, two = 10 + 2 * PADDING, 20 + LEADING + 2 * PADDING
    assert (made.head, made.rows, made.height) == (one, (one, two, one), 3 * one + two)


@pytest.mark.parametrize("text", [*HOSTILE, "", "\u0301", "a" * 500])
def test_a_word_of_any_length_leaves_room_for_the_others(text: str) -> None:
    hostile, other = columns(["a", "b"], [[text, "một hai"]])
    assert other >= 10 * width("một hai")
    assert hostile <= max(WIDEST_WORD * ROOM, ROOM - other)


def test_a_table_without_rows_has_columns_all_the_same() -> None:
    assert len(columns(["a", "b", "c"], [])) == 3


def test_more_columns_than_fit_share_what_there_is() -> None:
    made = columns(["Đánh giá"] * 40, [["Xuất sắc"] * 40])
    assert min(made) == pytest.approx(max(made))
