"""What went wrong, where, and what to do about it. Imports nobody.

Every slip that a person can make is a `UserError` with a code; its sentence stands in `errors.yaml`
in Vietnamese and English. `Problems` carries several slips that were found in one go.
"""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib import resources
from typing import Any

import yaml

LANGUAGES = ("vi", "en")


@cache
def _sentences() -> dict[str, dict[str, str]]:
    text = resources.files("partybuilding").joinpath("errors.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    sentences: dict[str, dict[str, str]] = yaml.load(text, Loader=loader)  # noqa: S506 (text only)
    return sentences


def message_language() -> str:
    """Language of messages: the environment's PARTYBUILDING_LANG, `vi` where it is not set or unknown."""
    wanted = os.environ.get("PARTYBUILDING_LANG", "vi")
    return wanted if wanted in LANGUAGES else "vi"


def sentence(code: str, /, lang: str | None = None, **fields: Any) -> str:
    """Return the sentence `code` of errors.yaml, filled in, in `lang` (default: the message language)."""
    lang = lang or message_language()
    told = {name: field.message(lang) if hasattr(field, "message") else field for name, field in fields.items()}
    return _sentences()[code][lang].format(**told)


class UserError(Exception):
    """One slip of a person: shown as one message, without a traceback; exit status 2.

    `code` names the sentence in errors.yaml, `fields` fill it: file, line, key, value, suggestion.
    """

    lang: str | None = None  # the language that was asked for, where one was; else that of the surroundings

    def __init__(self, code: str, /, **fields: Any) -> None:
        super().__init__(code, fields)
        self.code, self.fields = code, fields

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(UserError, self.code, **self.fields), ()

    def message(self, lang: str | None = None) -> str:
        """Return the message in `lang` (`vi` or `en`)."""
        return sentence(self.code, lang or self.lang, **self.fields)

    def __str__(self) -> str:
        return self.message()

    def _render_traceback_(self) -> list[str]:
        """Show only the message in a notebook (IPython's hook)."""
        return [f"{type(self).__name__}: {self}"]


class Problems(UserError):  # noqa: N818 (they are what the user has, not one error)
    """Several slips found in one reading, one line each."""

    def __init__(self, found: Sequence[UserError]) -> None:
        super().__init__("problems", count=len(found))
        self.found = tuple(found)

    def __reduce__(self) -> tuple[Any, ...]:
        return Problems, (self.found,)

    def message(self, lang: str | None = None) -> str:
        """Return all messages in `lang`, one a line."""
        return "\n".join(problem.message(lang or self.lang) for problem in self.found)


@contextmanager
def told_in(lang: str) -> Iterator[None]:
    """Tell slips made within in `lang`, the language of the report that is asked, unless PARTYBUILDING_LANG is set."""
    try:
        yield
    except UserError as error:
        error.lang = None if os.environ.get("PARTYBUILDING_LANG") else lang
        raise


def raise_all(found: Sequence[UserError]) -> None:
    """Raise what was found: nothing, the one slip, or all of them together."""
    if found:
        raise found[0] if len(found) == 1 else Problems(found)


def plain(text: str) -> str:
    """Return `text` in lower case without Vietnamese accents, for comparing what people type."""
    if text.isascii():
        return text.lower()
    return _bare(text) if len(text) < 200 else _bare.__wrapped__(text)


@lru_cache(10_000)
def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@dataclass(frozen=True)
class Suggestion:
    """The nearest known word to what was typed; empty where none is near."""

    word: str

    def message(self, lang: str | None = None) -> str:
        """Return “ Did you mean "word"?”, or an empty text."""
        return " " + sentence("did_you_mean", lang, word=self.word) if self.word else ""


def suggestion(wanted: str, known: Iterable[str]) -> Suggestion:
    """Return the known word nearest to `wanted`, compared without accents."""
    by_plain = {plain(word): word for word in known}
    near = difflib.get_close_matches(plain(wanted), by_plain, n=1, cutoff=0.6)
    return Suggestion(by_plain[near[0]] if near else "")
