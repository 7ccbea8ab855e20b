"""Numbers, periods and dates -> words, Vietnamese and English, from one catalogue (wording.yaml).

Imports errors, periods and assess.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from functools import cache
from importlib import resources
from typing import Any

import yaml
from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal

from partybuilding.assess.assessment import Result
from partybuilding.assess.catalog import Indicator, Target
from partybuilding.assess.indicators import Value
from partybuilding.errors import LANGUAGES, UserError
from partybuilding.periods import Period

_BOUNDS = {">": "gt", ">=": "ge", "<": "lt", "<=": "le"}


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    text = resources.files("partybuilding.present").joinpath("wording.yaml").read_text(encoding="utf-8")
    catalogue: dict[str, dict[str, Any]] = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 (text only)
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


class Words:
    """The words of one language; `words("key", …)` returns a sentence of wording.yaml, filled in.

    `basis` is published or returns: a key with that ending takes the place of the key without it.
    """

    def __init__(self, lang: str, basis: str = "published") -> None:
        if lang not in LANGUAGES:
            raise UserError("language_unknown", value=lang)
        self.lang, self.basis = lang, basis

    def __call__(self, key: str, **fields: Any) -> str:
        """Return the sentence `key`; where it has forms, the number `n` chooses between `one` and `other`."""
        form = (_catalogue().get(f"{key}__{self.basis}") or _catalogue()[key])[self.lang]
        if isinstance(form, dict):
            form = form["one"] if fields.get("n") in (1, "1") else form["other"]
        return str(form).format(**fields)

    def number(self, amount: float | Decimal, decimals: int = 0, limit: float | None = None) -> str:
        """Return a number with the language's decimal mark and thousands mark: 10.035,5 or 10,035.5."""
        value = amount if isinstance(amount, Decimal) else rounded(float(amount), decimals, limit)
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(value, format=pattern, locale=self.lang))

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
        rest = label.removeprefix(self("rate_prefix"))
        return rest[:1].upper() + rest[1:]

    def document(self, sign: str) -> str:
        """Return a document with its type: “Hướng dẫn số 35-HD/BTCTW”, “Guidance 35-HD/BTCTW”."""
        for kind in ("QĐ-BQP", "HD", "QĐ", "CT", "NQ", "KL", "CV", "QH"):
            if re.search(rf"\b{kind}(?![a-zđ])", sign):
                return self(f"doc_{kind}", n=sign.removeprefix("HD "))
        return sign

    def amount(self, indicator: Indicator, amount: float, decimals: int, limit: float | None = None) -> str:
        """Return an amount with its unit: 90,2% for a rate, 12 for a count."""
        shown = self.number(amount, decimals, limit)
        return self("percent", n=shown) if indicator.kind == "rate" else shown

    def target(self, indicator: Indicator, target: Target) -> str:
        """Return a target: 100% or ≥ 85%."""
        own = Decimal(repr(target.value)).normalize().as_tuple().exponent
        shown = self.amount(indicator, target.value, max(0, -int(own)))
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
        limit = target.value if target and not reached else None
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

    def counts(self, result: Result) -> str:
        """Return the counts behind a rate: “92/102 chi bộ, số lượng suy ra”; empty where they are not known."""
        value = result.value
        if value is None or value.numerator is None or value.denominator is None:
            return ""
        key = "counts_derived" if value.derived else "counts"
        unit = self(f"unit_{result.indicator.unit}", n=value.denominator)
        return self(key, numerator=self.number(value.numerator), denominator=self.number(value.denominator), unit=unit)

    def _places(self, result: Result) -> int:
        if result.indicator.kind != "rate":
            return 0
        return max(result.value.decimals if result.value else result.indicator.decimals, 1)

    def difference(self, result: Result, amount: float) -> str:
        """Return the size of a difference, never 0: percentage points for rates, units for counts."""
        shown = self.number(abs(amount), self._places(result), 0)
        return self("points", n=shown) if result.indicator.kind == "rate" else shown

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

    def against(self, result: Result) -> str:
        """Return how a value stands to its target, as the end of a clause; empty where there is no target."""
        target = result.target
        if target is None or result.value is None:
            return ""
        shown = self.target(result.indicator, target)
        if result.status == "met":
            how, what = "at" if result.gap == 0 else "met", "target" if target.kind == "target" else "requirement"
            return self(f"against_{how}_{what}", target=shown)
        if result.status == "undetermined":
            return self("against_undetermined", target=shown)
        key = "against_short" if target.relation in (">", ">=") else "against_over"
        if result.gap is None:
            return self(f"{key}_open", target=shown)
        missing = ""
        if result.units_to_close:
            unit = self(f"unit_{result.indicator.unit}", n=result.units_to_close)
            missing = self("against_missing", n=self.number(result.units_to_close), unit=unit)
        return self(
            key,
            target=shown,
            gap=self.difference(result, result.gap),
            missing=missing if key == "against_short" else "",
        )

    def clause(self, result: Result) -> str:
        """Return a value as a clause: “tỷ lệ chi bộ quân sự có chi ủy đạt 90,2% (92/102 chi bộ, số lượng suy ra)”."""
        shown = self.value(result)
        value = result.value
        label = self.inner(result.indicator.label(self.lang))
        if value and value.qualifier == "some":
            return self("short_item", label=label, value=shown)
        if value and value.amount is not None and value.qualifier in (*_BOUNDS, "all"):
            amount = self.amount(result.indicator, value.amount, value.decimals)
            shown = amount if value.qualifier == "all" else self(f"value_{_BOUNDS[value.qualifier]}", n=amount)
        verb = "reaches" if (result.indicator.kind, result.indicator.direction) == ("rate", "higher") else "is_at"
        counts = self.counts(result)
        return self(
            "figure_clause",
            label=label,
            value=self(verb, value=shown),
            counts=f" ({counts})" if counts else "",
            against=self.against(result),
        )
