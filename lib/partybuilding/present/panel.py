"""report.panel(): choose province, period, language and form, see the pages of the handout, save HTML and PDF.

Imports errors; report opens it and hands it what it needs. The exporters are reached as nbconvert reaches them: by
their registered names, on a notebook made of the report's own cells.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import nbformat
import pypdfium2
from IPython import get_ipython

from partybuilding.errors import LANGUAGES, UserError, plain

PAGE = 320  # pixels in width of a page in the preview
NAMES = ("source", "province", "period", "lang", "form")
Pieces = Sequence[tuple[str, Any]]


def exported(report: Any, exporter: str, pieces: Pieces | None = None) -> Any:
    """Return the report as the nbconvert exporter of this name makes it: `handout` bytes, `report` text.

    `pieces` are those of the report, for who has made them already.
    """
    cells = []
    for source, shown in report.pieces() if pieces is None else pieces:
        output = nbformat.v4.new_output("display_data", data=shown._repr_mimebundle_())
        cells.append(nbformat.v4.new_code_cell(source, outputs=[output]))
    (found,) = entry_points(group="nbconvert.exporters", name=exporter)
    return found.load()().from_notebook_node(nbformat.v4.new_notebook(cells=cells))[0]


def pages(pdf: bytes, width: int = PAGE) -> list[bytes]:
    """Return the pages of a PDF as PNG."""
    made = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            target = io.BytesIO()
            page.render(scale=width / page.get_width()).to_pil().save(target, "PNG", compress_level=1)
            made.append(target.getvalue())
    return made


class Panel:
    """The panel of one report, which it changes in place; `box` is what the notebook shows."""

    def __init__(self, report: Any, opened: Callable[..., Any], library: Any) -> None:
        self.report, self._opened, self._library, self._busy = report, opened, library, False
        self._troubles: list[str] = []
        w = report.words
        wide = widgets.Layout(width="17rem")
        self.search = widgets.Text(placeholder=w("panel_search_hint"), description=w("panel_search"), layout=wide)
        self.search.continuous_update = False
        self.fields: dict[str, Any] = {
            name: widgets.Dropdown(description=label, layout=wide)
            for name, label in zip(NAMES, self._labels(), strict=True)
        }
        self.status = widgets.HTML()
        self.pages = widgets.HBox(layout=widgets.Layout(flex_flow="row wrap", max_height="36rem", overflow="auto"))
        self.shown, self.code = widgets.HTML(), widgets.Textarea(layout=widgets.Layout(width="60rem", height="8rem"))
        self.shown.add_class("jp-RenderedHTMLCommon")
        self.pages.add_class("partybuilding-pages")
        self.buttons = {name: widgets.Button(description=name.upper(), icon="download") for name in ("pdf", "html")}
        self.hint = widgets.HTML()
        self.tab = widgets.Tab([self.pages, self.shown, widgets.VBox([self.hint, self.code])])
        left = [self.search, *(self.fields[name] for name in ("province", "period"))]
        right = [self.fields[name] for name in ("lang", "form", "source")]
        row = widgets.HBox([*self.buttons.values(), self.status])
        self.box = widgets.VBox([widgets.HBox([widgets.VBox(left), widgets.VBox(right)]), row, self.tab])
        self.box.add_class("partybuilding-panel")
        self._offer()
        self._show()
        self.search.observe(lambda _: self._changed(), "value")
        for field in self.fields.values():
            field.observe(lambda _: self._changed(), "value")
        for name, button in self.buttons.items():
            button.on_click(lambda _, name=name: self._try(lambda: self.save(name)))

    def _labels(self) -> list[str]:
        w = self.report.words
        return [w("panel_source"), w("panel_province"), w("panel_period"), w("panel_lang"), w("panel_form")]

    def chosen(self) -> dict[str, str]:
        """Return what is chosen: source, province, period, lang, form."""
        return {name: self.fields[name].value for name in NAMES}

    @cached_property
    def _there(self) -> dict[str, list[tuple[str, Any]]]:
        """What there is: province and period of each source; what keeps a source from being read is told."""
        found: dict[str, list[tuple[str, Any]]] = {}
        for name in self._library.names():
            try:
                found[name] = list(self._library.source(name).available())
            except UserError as error:
                self._troubles.append(error.message(self.report.words.lang))
        return {name: there for name, there in found.items() if there}

    def _offer(self, chosen: dict[str, str] | None = None) -> None:
        """Put into each field only what exists with what is chosen in the others."""
        a, w = self.report.assessment, self.report.words
        shown = (a.source, a.unit.slug, str(a.period), w.lang, self.report.form)
        now = dict(zip(NAMES, shown, strict=True)) | (chosen or {})
        there, register = self._there[now["source"]], self._library.register
        named = {slug: register.known(slug)[-1].name(w.lang) for slug, _ in there}
        sought = plain(self.search.value.strip())
        slugs = [slug for slug, name in named.items() if sought in plain(name) or sought in slug] or list(named)
        province = now["province"] if now["province"] in slugs else slugs[0]
        periods = [str(period) for slug, period in sorted(there, key=lambda one: one[1].end) if slug == province]
        options: dict[str, list[Any]] = {
            "source": list(self._there),
            "province": [(named[slug], slug) for slug in slugs],
            "period": periods,
            "lang": [(w(f"panel_lang_{lang}"), lang) for lang in LANGUAGES],
            "form": [(w(f"panel_form_{form}"), form) for form in self.report.forms],
        }
        values = {**now, "province": province}
        values["period"] = now["period"] if now["period"] in periods else periods[-1]
        self._busy = True
        try:
            for name, label in zip(NAMES, self._labels(), strict=True):
                self.fields[name].description = label
                if list(self.fields[name].options) != options[name]:
                    self.fields[name].options = options[name]
                self.fields[name].value = values[name]
        finally:
            self._busy = False

    def _changed(self) -> None:
        if not self._busy:
            self._try(self._renew)

    def _try(self, act: Any) -> None:
        """Do it; a person's slip is told beside the buttons."""
        try:
            act()
        except UserError as error:
            self.status.value = _escaped(error.message(self.report.words.lang))

    def _renew(self) -> None:
        before = self.chosen()
        self._offer(before)
        a, now = self.report.assessment, self.chosen()
        same = (a.source, a.unit.slug, str(a.period), self.report.words.lang, self.report.form)
        if tuple(now[name] for name in NAMES) == same:
            return
        self.status.value = _escaped(self.report.words("panel_working"))
        dated = self.report.document_date.isoformat() if self.report.document_date else ""
        new = self._opened(now["province"], now["period"], now["lang"], now["source"], dated, now["form"])
        if self.report.trial:
            new = new.what_if(dict(self.report.trial))
        vars(self.report).clear()
        object.__setattr__(self.report, "__class__", type(new))  # the notebook's own name keeps its report
        vars(self.report).update(vars(new))
        self._offer()
        self._show()

    def parameters(self) -> str:
        """Return the parameters cell of the notebook with what is chosen; the notebook's own variables follow."""
        a, dated = self.report.assessment, self.report.document_date
        values = {"province": a.unit.slug, "period": str(a.period), "lang": self.report.words.lang, "source": a.source}
        values["form"] = self.report.form
        values["document_date"] = dated.isoformat() if dated else ""
        shell = get_ipython()
        if shell:
            shell.user_ns.update({name: value for name, value in values.items() if name in shell.user_ns})
        (cell,) = (source for source, tagged in self.report.cells() if tagged)
        return re.sub(r"^(\w+): str = .*?(?=  #)", lambda m: f'{m[1]}: str = "{values[m[1]]}"', cell, flags=re.M)

    def _show(self) -> None:
        w, pieces = self.report.words, list(self.report.pieces())
        self.shown.value = "\n".join(piece.html() for _, piece in pieces if hasattr(piece, "html"))
        images = pages(exported(self.report, "handout", pieces), 3 * PAGE // 2)  # sharp also on a fine screen
        self.pages.children = [widgets.Image(value=image, format="png", width=PAGE) for image in images]
        self.code.value, self.hint.value = self.parameters(), _escaped(w("panel_copy"))
        for number, name in enumerate(("pages", "report", "code")):
            self.tab.set_title(number, w(f"panel_tab_{name}"))
        self.status.value = _escaped(" ".join([w("panel_pages", n=len(images)), *self._troubles]))

    def save(self, kind: str) -> Path:
        """Write the report as `pdf` or `html` into the folder of the notebook; return the path."""
        a, lang = self.report.assessment, self.report.words.lang
        trial = ("_trial" if self.report.trial else "") + ("_brief" if self.report.form == "brief" else "")
        path = Path(f"{self.report.notebook}_{a.unit.slug}_{a.period}_{a.source}{trial}.{lang}.{kind}")
        made = exported(self.report, {"pdf": "handout", "html": "report"}[kind])
        try:
            path.write_bytes(made if isinstance(made, bytes) else made.encode())
        except OSError as error:
            raise UserError("out_not_writable", value=path.name, problem=error.strerror) from None
        self.status.value = _escaped(self.report.words("panel_saved", file=path.name))
        return path


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
