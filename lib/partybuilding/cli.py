"""The command `partybuilding`: list, check, forms, demo, run, batch, verify, lab, check-notebook.

The one place that knows all rooms. Exit status: 0 done, 1 some report failed or was withheld, 2 wrong use.
"""

from __future__ import annotations

import gc
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from partybuilding.console import Display
from partybuilding.console import say as _say
from partybuilding.errors import LANGUAGES, UserError, message_language, sentence, suggestion
from partybuilding.params import home
from partybuilding.periods import Period

out_option = click.option("--out", type=click.Path(path_type=Path, file_okay=False), help=sentence("help_out"))
engine_option = click.option(
    "--engine", type=click.Choice(["warm", "kernel"]), default="warm", show_default=True, help=sentence("help_engine")
)

MOST_SHOWN = 10  # findings printed for each rule; all of them stand in the marked workbook


@click.group(
    help=sentence("help_app"), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="partybuilding")
def app() -> None:
    """Group the commands."""


def _speak(lang: str, force: bool = False) -> None:
    """Messages come in the language of the report that is asked for, unless PARTYBUILDING_LANG is set."""
    if lang and force:
        os.environ["PARTYBUILDING_LANG"] = lang
    elif lang in LANGUAGES:
        os.environ.setdefault("PARTYBUILDING_LANG", lang)


class Desk:
    """What plan and batch ask of the other rooms: whether a report can be made, and what it reads."""

    def __init__(self) -> None:
        from partybuilding.present.library import Library

        self.library = Library.read()
        self.sources: dict[str, Any] = {}
        self.read: dict[tuple[str, str, str], dict[str, str]] = {}

    def source(self, name: str) -> Any:
        """Return a source, opened once."""
        if name not in self.sources:
            self.sources[name] = self.library.source(name)
        return self.sources[name]

    def check(self, province: str, period: str, source: str) -> tuple[str, str]:
        """Return slug and period of a report that can be made."""
        unit, when = self.library.check(province, period, self.source(source))
        return unit.slug, str(when)

    def find(self, province: str, period: str, wanted: str) -> list[str]:
        """Return the codes of the communes of a province that are wanted: `all`, or one by its code or name."""
        day, known = Period.parse(period).end, self.library.communes
        found = known.of(province, day) if wanted == "all" else [known.find(province, day, wanted)]
        return [commune.code for commune in found]

    def size(self, job: Any) -> int:
        """Return how large the return is that a report on a province rests on; those on communes are short."""
        from partybuilding.assess.folder import size

        return 0 if job.commune else size(self.source(job.source), job.province, Period.parse(job.period))

    def reads(self, job: Any) -> dict[str, str]:
        """Return name -> hash of the data that a report rests on."""
        from partybuilding.assess.reads import reads

        place = (job.source, job.province, job.period)
        if place not in self.read:
            unit = self.library.register.at(job.province, Period.parse(job.period))
            self.read[place] = reads(self.source(job.source), unit, self.library.register)
        return self.read[place]


@app.command("list", help=sentence("help_list"))
@click.option("--units", is_flag=True, help=sentence("help_units"))
def list_(units: bool) -> None:
    """List what can be reported, or all provincial units."""
    from partybuilding.assess.folder import return_folders
    from partybuilding.assess.intake import source_names
    from partybuilding.present.library import Library

    library = Library.read()
    if units:
        whole = [Column(name, no_wrap=True) for name in ("valid from", "valid to", "successor")]
        table = Table(Column("slug", no_wrap=True), "code", "name", *whole)
        for unit in sorted(library.register.rows, key=lambda row: (row.slug, str(row.valid_from or ""))):
            table.add_row(
                unit.slug,
                unit.code,
                unit.name_vi,
                str(unit.valid_from or ""),
                str(unit.valid_to or ""),
                unit.successor or "",
            )
    else:
        table = Table("source", "period", "province", "figures")
        for name in (*source_names(), *return_folders()):
            for (province, period), held in library.source(name).available().items():
                table.add_row(name, str(period), province, str(held[0]) if name in return_folders() else str(len(held)))
    Console().print(table)


@app.command(help=sentence("help_check"))
@click.argument("source", required=False)
@click.option("--lang", help=sentence("help_message_lang"))
@click.option("--out", type=click.Path(path_type=Path), help=sentence("help_marked"))
def check(source: str | None, lang: str | None, out: Path | None) -> None:
    """Check params/ and data/, or one return, or the folder of returns of a source."""
    from partybuilding.assess.folder import return_folders
    from partybuilding.assess.intake import source_names
    from partybuilding.present.library import Library
    from partybuilding.publish import plan

    _speak(lang or "", force=True)
    library = Library.read()
    if source:
        sys.exit(_check_returns(library, source, out))
    names = source_names()
    counted = sum(len(held) for name in names for held in library.source(name).available().values())
    desk = Desk()
    jobs = plan.batch(home() / "params" / "batch.yaml", desk.check, find=desk.find)
    fields: dict[str, Any] = {
        "units": len(library.register.slugs),
        "indicators": len(library.catalog.indicators),
        "targets": len(library.catalog.targets),
        "figures": counted,
        "sources": ", ".join((*names, *return_folders())),
        "jobs": len(jobs),
    }
    _say(sentence("check_done", **fields))


def _check_returns(library: Any, source: str, out: Path | None) -> int:
    """Print the findings of one return or of all returns of a source; exit status 1 where there is an error."""
    from partybuilding.assess.folder import ReturnFolder, return_folders, return_paths
    from partybuilding.assess.marked import write_marked

    path = Path(source)
    if source in return_folders():
        path = home() / "data" / source
    elif not path.exists():
        known = ", ".join(return_folders())
        raise UserError("source_unknown", value=source, known=known, suggestion=suggestion(source, return_folders()))
    inside = path.is_dir() and not (path / "cells.csv").is_file()
    folder = ReturnFolder.of(path if inside else path.parent, library.catalog, library.register, whole=inside)
    bad = 0
    for one in return_paths(path) if inside else [path]:
        try:
            given = folder.checked(one)
        except UserError as error:
            _say(error.message(), error=True)
            bad += 1
            continue
        bad += bool(given.errors)
        _say_findings(given)
        if out:
            place = out / f"{one.stem}.xlsx" if inside else out
            write_marked(_writable(place), one, list(given.findings), library.catalog, message_language())
    return int(bool(bad))


def _say_findings(given: Any) -> None:
    """Print the findings of a return as a table, at most MOST_SHOWN for each rule and level."""
    shown: dict[tuple[str, str], int] = {}
    table = Table(*(sentence(f"finding_{name}") for name in ("code", "level", "place", "value", "message")))
    for finding in given.findings:
        key = (finding.code, finding.level)
        shown[key] = shown.get(key, 0) + 1
        if shown[key] <= MOST_SHOWN:
            where = " ".join(str(part) for part in (finding.sheet, finding.row, finding.column) if part is not None)
            row = (finding.code, sentence(f"level_{finding.level}"), where, finding.value, finding.message())
            table.add_row(*(Text(cell) for cell in row))
    for (code, level), number in shown.items():
        if number > MOST_SHOWN:
            more = Text(sentence("finding_more", count=number - MOST_SHOWN))
            table.add_row(code, sentence(f"level_{level}"), "", "", more)
    if given.findings:
        Console(width=None if sys.stdout.isatty() else 160).print(table)
    errors = len(given.errors)
    fields = {"file": given.file, "errors": errors, "others": len(given.findings) - errors, "rows": len(given.cells)}
    _say(sentence("check_return_errors" if errors else "check_return_done", **fields))


@app.command(help=sentence("help_forms"))
@click.argument("province")
@click.argument("period")
@click.option("--lang", default="vi", show_default=True, help=sentence("help_lang"))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help=sentence("help_form_out"))
def forms(province: str, period: str, lang: str, out: Path) -> None:
    """Write the form for a province and period."""
    from partybuilding.assess.communes import Communes
    from partybuilding.assess.forms import write_form
    from partybuilding.present.library import Library

    _speak(lang)
    if lang not in LANGUAGES:
        raise UserError("language_unknown", value=lang)
    library = Library.read()
    when = Period.parse(period)
    unit = library.register.at(province, when)
    if out.exists():
        raise UserError("form_exists", value=out.name)
    count = write_form(_writable(out), unit, when, lang, library.catalog, Communes.read())
    _say(sentence("forms_done", file=out.name, count=count, name=unit.name_vi, period=when))


@app.command(help=sentence("help_demo"))
@click.argument("provinces", nargs=-1, required=True)
@click.option("--periods", required=True, help=sentence("help_periods"))
@click.option("--seed", default=1, show_default=True, help=sentence("help_seed"))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help=sentence("help_demo_out"))
def demo(provinces: tuple[str, ...], periods: str, seed: int, out: Path | None) -> None:
    """Write synthetic returns."""
    from partybuilding.assess.communes import Communes
    from partybuilding.assess.demo import write_return
    from partybuilding.present.library import Library

    library, communes = Library.read(), Communes.read()
    wanted = [Period.parse(text) for text in periods.split(",")]
    units = [(library.register.at(name, when), when) for name in provinces for when in wanted]
    folder = out or home() / "data" / "demo"
    for unit, when in units:
        path = _writable(folder / f"{unit.slug}_{when}.xlsx")
        count = write_return(path, unit, when, communes, library.catalog, seed)
        _say(sentence("demo_done", file=path.name, count=count))


def _writable(path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise UserError("out_not_writable", value=path.name, problem=error.strerror) from None
    return path


@app.command(help=sentence("help_run"))
@click.argument("province")
@click.argument("period")
@click.option("--source", default="published", show_default=True, help=sentence("help_source"))
@click.option("--lang", default="vi", show_default=True, help=sentence("help_lang"))
@click.option("--format", "formats", default="html,pdf", show_default=True, help=sentence("help_format"))
@click.option("--notebook", default="province_assessment", show_default=True, help=sentence("help_notebook"))
@click.option("--form", help=sentence("help_form"))
@click.option("-p", "parameters", nargs=2, multiple=True, metavar="NAME VALUE", help=sentence("help_parameter"))
@engine_option
@out_option
def run(
    province: str,
    period: str,
    source: str,
    lang: str,
    formats: str,
    notebook: str,
    form: str | None,
    parameters: tuple[tuple[str, str], ...],
    engine: str,
    out: Path | None,
) -> None:
    """Make one report."""
    from partybuilding.present import report
    from partybuilding.publish import plan

    _speak(lang)
    report.day_of(dict(parameters).get("document_date", ""))
    wish = {"notebook": notebook, "source": source, "province": province, "period": period, "lang": lang}
    wish |= {"form": form} if form else {}
    wanted = [name.strip() for name in formats.split(",") if name.strip()]
    more = dict(parameters)
    if len(more) < len(parameters):
        names = [name for name, _ in parameters]
        raise UserError("parameter_twice", value=next(name for name in names if names.count(name) > 1), other="-p")
    settings = Settings(force=True, jobs=1, engine=engine)
    _prepare(settings)
    desk = Desk()
    job = plan.job(wish, wanted, more, desk.check, desk.find)
    _make([job], desk, out or home() / "reports", settings, lambda _: ["run", *sys.argv[2:]])


@app.command(help=sentence("help_batch"))
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--only", multiple=True, help=sentence("help_only"))
@click.option("--limit", type=click.IntRange(min=1), help=sentence("help_limit"))
@click.option("--dry-run", is_flag=True, help=sentence("help_dry_run"))
@click.option("--force", is_flag=True, help=sentence("help_force"))
@click.option("--jobs", type=click.IntRange(min=1), help=sentence("help_jobs"))
@engine_option
@click.option(
    "--cell-timeout", type=click.FloatRange(min=0.1), default=300, show_default=True, help=sentence("help_cell")
)
@click.option("--timeout", type=click.FloatRange(min=1), default=900, show_default=True, help=sentence("help_timeout"))
@click.option("--scheduler", metavar="tcp://HOST:PORT", help=sentence("help_scheduler"))
@click.option("--json", "events", is_flag=True, help=sentence("help_json"))
@out_option
def batch(
    file: Path | None, only: tuple[str, ...], limit: int | None, dry_run: bool, out: Path | None, **more: Any
) -> None:
    """Make all reports of a batch file."""
    from partybuilding.publish import edition, plan

    settings, out = Settings(**more), out or home() / "reports"
    if not dry_run and (settings.force or not (out / edition.MANIFEST).exists()):
        _prepare(settings)
    desk = Desk()
    jobs = plan.batch(file or home() / "params" / "batch.yaml", desk.check, only, limit, desk.find)
    if dry_run:
        _foresee(jobs, desk, out, settings)
        return

    def again(names: list[str]) -> list[str]:
        words = ["batch", *([str(file)] if file else []), *(word for name in names for word in ("--only", name))]
        return [*words, *(["--out", str(out)] if out != home() / "reports" else [])]

    _make(jobs, desk, out, settings, again)


@dataclass(frozen=True)
class Settings:
    """How a batch is run."""

    force: bool = False
    jobs: int | None = None
    engine: str = "warm"
    cell_timeout: float = 300
    timeout: float = 900
    scheduler: str | None = None
    events: bool = False


def _foresee(jobs: list[Any], desk: Desk, out: Path, settings: Settings) -> None:
    """Say of each report whether it is up to date, or why it would be made."""
    from partybuilding.publish.batch import key_of, why
    from partybuilding.publish.edition import Reports

    reports, due = Reports(out), 0
    for job in jobs:
        changes = reports.changes(job, key_of(job, desk.reads(job)))
        due += bool(settings.force or changes is not None)
        told = sentence("why_forced") if settings.force and not changes else why(changes)
        _say(f"{job.name}: {told}")
    _say(sentence("batch_planned", count=due, current=len(jobs) - due))


def _make(jobs: list[Any], desk: Desk, out: Path, settings: Settings, again: Callable[[list[str]], list[str]]) -> None:
    """Make what is not up to date; exit status 1 where a report is not published, 130 after Ctrl-C.

    `again` gives the words of the command that makes only the reports named.
    """
    from partybuilding.publish import batch, edition, isolated, outcome

    width = settings.jobs or isolated.cores()
    memory = 8 * isolated.memory() // (10 * width)
    limits = outcome.Limits(settings.engine, settings.cell_timeout, settings.timeout, memory)
    reports, stopped = edition.Reports(out), False
    outcomes: list[outcome.Outcome] = []
    with reports.held():
        keys = [(job, batch.key_of(job, desk.reads(job))) for job in jobs]
        todo = [(job, key) for job, key in keys if settings.force or reports.changes(job, key) is not None]
        todo.sort(key=lambda one: -desk.size(one[0]))  # at the end nobody waits long for a last one
        due = {job.name for job, _ in todo}
        beside = batch.Beside(reports, [job for job, _ in keys if job.name not in due])
        batch.check_space(out, len(todo))
        with Display(len(todo), settings.events) as display:
            display.event("planned", reports=len(jobs), todo=len(todo))

            def note(state: str, job: Any, what: outcome.Outcome | None) -> None:
                display.note(state, job.name, *((what.reasons, what.seconds) if what else ()))

            try:
                with _slots(settings, width, limits, todo) as (submit, hold):
                    for what in batch.run_all(todo, reports, beside, submit, hold, note):
                        outcomes.append(what)
            except KeyboardInterrupt:
                stopped = True
    done = {one.job.name for one in outcomes}
    left = [outcome.Outcome(job, "stopped", (sentence("report_stopped"),)) for job, _ in todo if job.name not in done]
    bad = [one for one in outcomes if one.state != "published"] + left
    words = shlex.join(["partybuilding", *again([one.job.name for one in bad])]) if bad else ""
    count: dict[str, Any] = {"published": len(todo) - len(bad), "count": len(todo), "current": len(jobs) - len(todo)}
    display.event("finished", **count, failed=[one.job.name for one in bad], again=words)
    if not settings.events:
        _say(sentence("batch_done", out=out.name, **count))
        for one in bad:
            _say(f"{sentence('state_' + one.state)}: {one.job.name}", error=True)
            for reason in one.reasons:
                _say(f"  {reason}", error=True)
        if bad:
            _say(sentence("batch_again", words=words, out=out.name), error=True)
    if bad:
        sys.exit(130 if stopped else 1)


def _prepare(settings: Settings) -> None:
    """Let the reports' fork server begin, so that it is warm when the first report is due."""
    from partybuilding.publish import isolated

    if not settings.scheduler:
        isolated.prepare(("partybuilding.cli", "partybuilding.warm"), settings.jobs or isolated.cores(), begin=True)


@contextmanager
def _slots(settings: Settings, width: int, limits: Any, todo: list[Any]) -> Iterator[tuple[Any, int]]:
    """Give a way to run reports, here or on a cluster, and how many are in hand at a time."""
    from partybuilding.publish import batch

    if settings.scheduler:
        from partybuilding.publish import cluster

        with cluster.cluster_slots(settings.scheduler, limits, [job for job, _ in todo]) as slots:
            yield slots
        return
    _prepare(settings)
    with batch.local_slots(width, limits) as submit:
        yield submit, width


@app.command(help=sentence("help_worker"), context_settings={"ignore_unknown_options": True})
@click.argument("scheduler")
@click.argument("more", nargs=-1, type=click.UNPROCESSED)
def worker(scheduler: str, more: tuple[str, ...]) -> None:
    """Make reports for a batch on another machine: a Dask worker that may have processes of its own."""
    words = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler, *more]
    os.execve(sys.executable, words, {**os.environ, "DASK_DISTRIBUTED__WORKER__DAEMON": "False"})  # noqa: S606


@app.command(help=sentence("help_verify"))
@out_option
def verify(out: Path | None) -> None:
    """Hold the folder of reports against its manifest."""
    from partybuilding.publish import edition

    reports = edition.Reports(out or home() / "reports")
    found = reports.verify()
    for path, what in found:
        _say(f"{path}: {sentence('verify_' + what)}", error=True)
    if found:
        sys.exit(1)
    _say(sentence("verify_done", count=len(reports.entries)))


@app.command(help=sentence("help_lab"), context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(options: tuple[str, ...]) -> None:
    """Open JupyterLab on the start page, with the settings, exporters and style of lib/partybuilding/lab/."""
    if not find_spec("jupyterlab"):
        raise UserError("lab_missing")
    os.chdir(home())
    own = Path(__file__).with_name("lab")
    own_too = {"JUPYTER_CONFIG_PATH": own, "JUPYTER_PATH": own}  # settings, and the template of what is printed
    own_too["PATH"] = Path(sys.executable).parent  # this command, in terminals and cells
    for name, place in own_too.items():
        others = os.environ.get(name)
        os.environ[name] = os.pathsep.join([str(place), *([others] if others else [])])
    style = f"--ServerApp.tornado_settings={ {'static_custom_path': [str(own / 'nbconvert/templates/partybuilding')]} }"
    from jupyterlab.labapp import main as jupyter_lab  # only now: it reads the variable as it is imported

    jupyter_lab([style, *options])


@app.command("check-notebook", help=sentence("help_check_notebook"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--lang", help=sentence("help_message_lang"))
def check_notebook(file: Path, lang: str | None) -> None:
    """Hold a notebook against the contract of the report notebooks."""
    from partybuilding.publish.contract import breaches

    _speak(lang or "", force=True)
    found = breaches(file)
    for breach in found:
        _say(f"{file.name}: {breach.message()}", error=True)
    if found:
        sys.exit(1)
    _say(sentence("notebook_sound", file=file.name))


def main() -> None:
    """Run the command line: a person's slip gives one message and exit status 2, without a traceback."""
    try:
        app()
    except UserError as error:
        _say(error.message(message_language()), error=True)
        sys.exit(2)
    finally:
        gc.freeze()  # all goes with the process: looking for what could go would take a tenth of a second


if __name__ == "__main__":
    main()
