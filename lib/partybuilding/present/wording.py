"""Numbers, periods and dates -> words, Vietnamese and English, from one catalogue (wording.yaml).

Imports errors, params, periods and assess.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal

from partybuilding.assess.assessment import Result
from partybuilding.assess.catalog import Indicator, Target
from partybuilding.assess.indicators import Value
from partybuilding.errors import LANGUAGES, UserError
from partybuilding.params import read_yaml
from partybuilding.periods import Period

for _lang in LANGUAGES:
    format_decimal(0, locale=_lang)  # Babel reads its data as they are first used: now, not in the first report
_BOUNDS = {">": "gt", ">=": "ge", "<": "lt", "<=": "le"}
_FORMS = {"0": "none", "1": "one"}
_DOCUMENTS = ("QĐ-BQP", "HD", "QĐ", "CT", "NQ", "KL", "CV", "QH")
_DOCUMENT = re.compile(rf"\b({'|'.join(_DOCUMENTS)})(?![a-zđ])")
_PLACES = ("huyện", "quận", "thành phố", "thị xã", "thị trấn", "xã", "phường", "đặc khu")


@cache
def _catalogue(lang: str) -> dict[str, Any]:
    catalogue: dict[str, Any] = read_yaml(Path(__file__).with_name("wording.yaml"), lang)
    return catalogue


def rounded(amount: float, decimals: int, limit: float | None = None) -> Decimal:
    """Round half up to `decimals`, but never onto or across `limit`: 99.96 of a target of 100 stays 99.9."""
    step = Decimal(1).scaleb(-decimals)
    exact = Decimal(repr(amount))
    result = exact.quantize(step, ROUND_HALF_UP)
    if limit is not None:
        bound = Decimal(repr(limit))
        if exact < bound <= result:
            return exact.quantize(step, ROUND_DOWN)
        if exact > bound >= result:
            return exact.quantize(step, ROUND_UP)
    return result


@lru_cache(10_000)
def _written(value: Decimal, decimals: int, lang: str) -> str:
    return str(format_decimal(value, format="#,##0" + ("." + "0" * decimals if decimals else ""), locale=lang))


class Words:
    """The words of one language; `words("key", …)` returns a sentence of wording.yaml, filled in.

    `basis` is published or returns: a key with that ending takes the place of the key without it.
    """

    def __init__(self, lang: str, basis: str = "published") -> None:
        if lang not in LANGUAGES:
            raise UserError("language_unknown", value=lang)
        self.lang, self.basis = lang, basis
        self._named: dict[str, str] = {}

    def __call__(self, key: str, **fields: Any) -> str:
        """Return the sentence `key`; where it has forms, the number `n` chooses between `none`, `one` and `other`."""
        catalogue = _catalogue(self.lang)
        form = catalogue.get(f"{key}__{self.basis}") or catalogue[key]
        if isinstance(form, dict):
            form = form.get(_FORMS.get(str(fields.get("n")), ""), form["other"])
        return str(form).format(**fields)

    def number(self, amount: float | Decimal, decimals: int = 0, limit: float | None = None) -> str:
        """Return a number with the language's decimal mark and thousands mark: 10.035,5 or 10,035.5."""
        value = amount if isinstance(amount, Decimal) else rounded(float(amount), decimals, limit)
        return _written(value, decimals, self.lang)

    def date(self, day: date) -> str:
        """Return a date: 20/7/2022 or 20 July 2022."""
        return str(format_date(day, "d/M/y" if self.lang == "vi" else "d MMMM y", locale=self.lang))

    def month(self, month: int) -> str:
        """Return the name of a month."""
        return str(get_month_names("wide", locale=self.lang)[month])

    def period(self, period: Period) -> str:
        """Return a period: “năm 2022”, “quý IV năm 2022”; “2022”, “the fourth quarter of 2022”."""
        key = {12: "year", 6: f"half_{(period.first + 5) // 6}", 3: f"quarter_{(period.first + 2) // 3}"}.get(
            period.months, "month"
        )
        return self(key, year=period.year, month=period.first, month_name=self.month(period.first))

    def listed(self, items: list[str]) -> str:
        """Join items: “a, b và c”, “a, b and c”."""
        if len(items) < 2:
            return "".join(items)
        return ", ".join(items[:-1]) + self("list_and") + items[-1]

    def inner(self, label: str) -> str:
        """Return a label as it stands within a sentence: small first letter, unless it is an abbreviation."""
        return label if label[1:2].isupper() or label.startswith("Party ") else label[:1].lower() + label[1:]

    def subject(self, label: str) -> str:
        """Return what a rate is a rate of: the label without “Tỷ lệ”, capital first."""
        return sentence(label.removeprefix(self("rate_prefix")), "")

    def thing(self, indicator: Indicator) -> str:
        """Return what is counted, within a sentence: the label without “Số” or “Tỷ lệ”."""
        prefix = self("count_prefix" if indicator.kind == "count" else "rate_prefix")
        return self.inner(indicator.label(self.lang).removeprefix(prefix))

    def place(self, name: str) -> str:
        """Return a unit named with its kind in the language: “xã Đăk Mar”, “Đăk Mar Commune”."""
        if name not in self._named:
            kind = next((kind for kind in _PLACES if name.startswith(f"{kind} ")), None)
            self._named[name] = self(f"place_{kind}", name=name.removeprefix(f"{kind} ")) if kind else name
        return self._named[name]

    def units(self, kind: str) -> str:
        """Return a kind of commune-level units, as the head of a row: “Phường”, “Wards”."""
        return self(f"units_{kind if kind in _PLACES[4:] else 'other'}")

    def document(self, sign: str) -> str:
        """Return a document with its type: “Hướng dẫn số 35-HD/BTCTW”, “Guidance 35-HD/BTCTW”."""
        found = _DOCUMENT.findall(sign)
        kind = next((kind for kind in _DOCUMENTS if kind in found), None)
        return self(f"doc_{kind}", n=sign.removeprefix("HD ")) if kind else sign

    def amount(self, indicator: Indicator, amount: float, decimals: int, limit: float | None = None) -> str:
        """Return an amount with its unit: 90,2% for a rate (100% where it is all), 12 for a count."""
        if indicator.kind == "rate":
            return self("percent", n=self.number(amount, 0 if amount in (0, 100) else decimals, limit))
        return self.number(amount, decimals, limit)

    def share(self, part: int, whole: int) -> str:
        """Return a share in per cent, all and none without decimals: 90,2%, 100%; a dash where there is nothing."""
        if not whole:
            return "–"
        rate = 100 * part / whole
        return self("percent", n=self.number(rate, 0 if part in (0, whole) else 1, 100.0 if rate > 50 else 0.0))

    def target(self, indicator: Indicator, target: Target, told: bool = False) -> str:
        """Return a target: 100% or ≥ 85%; `told` in a sentence, where the least or the most goes without saying."""
        own = Decimal(repr(target.value)).normalize().as_tuple().exponent
        shown = self.amount(indicator, target.value, max(0, -int(own)))
        if told:
            return shown if "=" in target.relation else self(f"value_{_BOUNDS[target.relation]}", n=shown)
        at_the_end = indicator.kind == "rate" and target.relation == ">=" and target.value == 100
        return shown if at_the_end else self(f"bound_{_BOUNDS[target.relation]}", n=shown)

    def value(self, result: Result, value: Value | None = None) -> str:
        """Return a value as a table prints it, with its qualifier: 90,2%, > 90%, 100% (toàn bộ)."""
        value = value or result.value
        if value is None:
            return self("status_" + result.status)
        if value.state:
            return self(f"state_{value.state}")
        if value.qualifier == "some" or value.amount is None:
            return self("some")
        target = result.target
        reached = target and {">=": value.amount >= target.value, "<=": value.amount <= target.value}.get(
            target.relation
        )
        end = 100.0 if value.amount > 50 else 0.0  # 10.034 of 10.035 are not all, and 1 of them is not none
        limit = target.value if target and not reached else end if result.indicator.kind == "rate" else None
        shown = self.amount(result.indicator, value.amount, value.decimals, limit)
        match value.qualifier:
            case "all":
                return self("all", n=shown)
            case "~":
                return self("bound_about", n=shown)
            case ">" | ">=" | "<" | "<=":
                return self(f"bound_{_BOUNDS[value.qualifier]}", n=shown)
            case _:
                return shown

    def counts(self, result: Result, thin: bool = False) -> str:
        """Return the counts behind a rate: “92/102 chi bộ, suy ra từ tỷ lệ”; empty where they are not known.

        `thin` adds how few units reported.
        """
        value = result.value
        if value is None or value.numerator is None or value.denominator is None:
            return ""
        unit = self(f"unit_{result.indicator.unit}", n=value.denominator)
        numbers = {"numerator": self.number(value.numerator), "denominator": self.number(value.denominator)}
        told = self("counts_derived" if value.derived else "counts", unit=unit, **numbers)
        return f"{told}; {self.partial(value)}" if thin else told

    def partial(self, value: Value) -> str:
        """Return how few units stand behind a value: “mới có 82/102 đơn vị báo cáo”."""
        reporting, due = self.number(value.units_reporting or 0), self.number(value.units_due or 0)
        return self("partial", reporting=reporting, due=due)

    def _places(self, result: Result) -> int:
        if result.indicator.kind != "rate":
            return 0
        return max(result.value.decimals if result.value else result.indicator.decimals, 1)

    def difference(self, result: Result, amount: float) -> str:
        """Return the size of a difference, never 0: percentage points for rates, units for counts."""
        places = 0 if float(amount).is_integer() else self._places(result)
        shown = self.number(abs(amount), places, 0)
        if result.indicator.kind == "rate":
            return self("points", n=shown)
        return f"{shown} {self(f'unit_{result.indicator.unit}', n=shown)}"

    def change(self, result: Result, before: Value | None) -> str:
        """Return the change on an earlier value, only where both are exact numbers: “tăng 1,3 điểm phần trăm”."""
        now = result.value
        if not (now and before and now.exact and before.exact and now.amount is not None and before.amount is not None):
            return ""
        step = now.amount - before.amount
        if rounded(step, self._places(result)) == 0:
            return self("unchanged")
        return self("up" if step > 0 else "down", n=self.difference(result, step))

    def change_short(self, result: Result, before: Value | None) -> str:
        """Return the change as a table prints it: +1,3 (points for rates), –34; empty where there is none."""
        told = self.change(result, before)
        if not told or told == self("unchanged"):
            return "0" if told else ""
        number = told.split()[1]
        return ("+" if told == self("up", n=told.split(maxsplit=1)[1]) else "−") + number

    def against(self, result: Result, full: bool = True) -> str:
        """Return how a value stands to its target, as the end of a clause; `full` tells how much is missing.

        Empty where there is no target or no value.
        """
        target, value = result.target, result.value
        if target is None or value is None:
            return ""
        key, wanted_more = str(result.status), target.relation in (">", ">=")
        aim = "target" if target.kind == "target" else "requirement"
        if key == "met":
            at = result.gap == 0 or value.qualifier == "all"
            if at and (wanted_more or value.amount == 0):
                key = f"at_{aim}"
            elif not wanted_more:
                key = "within"
            elif target.relation == ">=" and (result.gap or value.qualifier == ">"):
                key = "above"
        elif result.falls_short and not wanted_more:
            key = "over" if target.value else "none"
        fields = {"aim": self(f"aim_{aim}"), "target": self.target(result.indicator, target, told=True)}
        if not full or not result.falls_short or result.gap is None or key == "none":
            return self(f"against_{key}", **fields)
        missing = ""
        if result.units_to_close:
            unit = self(f"unit_{result.indicator.unit}", n=result.units_to_close)
            missing = self("gap_missing", n=self.number(result.units_to_close), unit=unit)
        return self(f"gap_{key}", gap=self.difference(result, result.gap), missing=missing, **fields)

    def change_on(self, result: Result, before: Period) -> str:
        """Return the change on a year ago as part of a clause: “, tăng 1,3 điểm phần trăm so với năm 2021”."""
        told = self.change(result, result.year_ago)
        return self("change_on", change=told, period=self.period(before)) if told else ""

    def _told(self, result: Result) -> str:
        """Return a value in words: “trên 90%” for > 90%."""
        value = result.value
        if value is None or value.amount is None or value.qualifier not in (*_BOUNDS, "all"):
            return self.value(result)
        shown = self.amount(result.indicator, value.amount, value.decimals)
        return shown if value.qualifier == "all" else self(f"value_{_BOUNDS[value.qualifier]}", n=shown)

    def clause(
        self, result: Result, before: Period | None = None, full: bool = True, thin: bool = False, noted: bool = False
    ) -> str:
        """Return a value as a clause: “tỷ lệ chi bộ quân sự có chi ủy đạt 90,2% (92/102 chi bộ)”.

        With the change on the period `before` and how it stands to its target, `full` with what is missing; `thin`
        says that few units reported; `noted` leaves derived counts to a footnote. A count: “có 3 cuộc kiểm tra”.
        """
        indicator, value, shown = result.indicator, result.value, self._told(result)
        label = self.inner(indicator.label(self.lang))
        if value is None or value.amount is None:
            return self("short_item", label=label, value=shown)
        change, against = self.change_on(result, before) if before else "", self.against(result, full)
        if indicator.kind == "count":
            n = 0 if value.exact and value.amount == 0 else None
            return self("count_clause", n=n, value=shown, thing=self.thing(indicator), label=label) + change + against
        doubled = self("reaches", value="").strip() in label.split()  # “tỷ lệ chi bộ đạt tiêu chuẩn … đạt 79,4%”
        only = "reaches_only" if full and result.status == "not_met" else "reaches"
        verb = "is_at" if doubled or indicator.direction != "higher" or not value.amount else only
        counts = "" if noted and value.derived else self.counts(result, thin)
        fields = {"counts": f" ({counts})" if counts else "", "change": change, "against": against}
        return self("figure_clause", label=label, value=self(verb, value=shown), **fields)

    def shortcoming(self, result: Result, before: Period, names: str = "") -> str:
        """Return a shortcoming that has no target: “còn 9/102 chi bộ có cơ cấu tổ chức chưa phù hợp (8,8%)”.

        `names` are the units concerned, where they are few.
        """
        indicator, value, change = result.indicator, result.value, self.change_on(result, before)
        fields = {"label": indicator.label(self.lang), "thing": self.thing(indicator), "value": self._told(result)}
        if value is None or value.amount is None:
            some = indicator.kind == "rate" and value and value.qualifier == "some"
            return self("some_subject", subject=fields["thing"]) if some else self("short_item", **fields)
        if value.numerator is None or value.denominator is None:
            return self("short_count" if indicator.kind == "count" else "short_rate", change=change, **fields)
        parts = {"numerator": self.number(value.numerator), "denominator": self.number(value.denominator)}
        key = "short_all" if value.numerator == value.denominator else "short_counts"
        return self(
            key, rate=fields.pop("value"), change=change, names=f": {names}" if names else "", **fields, **parts
        )


def sentence(text: str, stop: str = ".") -> str:
    """Return the text as a sentence: capital first, full stop last."""
    return text[:1].upper() + text[1:].removesuffix(".") + stop if text else ""
