"""The command `partybuilding`: list, check, run, batch, verify. The one place that knows all rooms.

Exit status: 0 done, 1 some report failed or was withheld, 2 wrong use.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from partybuilding.errors import LANGUAGES, UserError, message_language, sentence
from partybuilding.params import home

out_option = click.option("--out", type=click.Path(path_type=Path, file_okay=False), help=sentence("help_out"))


@click.group(
    help=sentence("help_app"), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="partybuilding")
def app() -> None:
    """Group the commands."""


def _say(text: str, error: bool = False) -> None:
    Console(stderr=error, soft_wrap=True, highlight=False, markup=False).print(text)


def _speak(lang: str) -> None:
    """Messages come in the language of the report that is asked for, unless PARTYBUILDING_LANG is set."""
    if lang in LANGUAGES:
        os.environ.setdefault("PARTYBUILDING_LANG", lang)


def _checker() -> Callable[[str, str, str], tuple[str, str]]:
    """Return the check of every planned job: that the province exists then and that there are figures."""
    from partybuilding.present.report import Library

    library = Library.read()
    sources: dict[str, Any] = {}

    def check(province: str, period: str, source: str) -> tuple[str, str]:
        published = sources.setdefault(source, None) or library.source(source)
        sources[source] = published
        unit, when = library.check(province, period, published)
        return unit.slug, str(when)

    return check


@app.command("list", help=sentence("help_list"))
@click.option("--units", is_flag=True, help=sentence("help_units"))
def list_(units: bool) -> None:
    """List what can be reported, or all provincial units."""
    from partybuilding.assess.intake import source_names
    from partybuilding.present.report import Library

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
        table = Table("source", "period", "province", "figures", "targets")
        for name in source_names():
            for (province, period), figures in library.source(name).available().items():
                targets = sum(figure.kind == "target" for figure in figures)
                table.add_row(name, str(period), province, str(len(figures) - targets), str(targets))
    Console().print(table)


@app.command(help=sentence("help_check"))
def check() -> None:
    """Check params/ and data/."""
    from partybuilding.assess.intake import source_names
    from partybuilding.present.report import Library
    from partybuilding.publish import plan

    library = Library.read()
    names = source_names()
    counted = sum(len(library.source(name).figures) for name in names)
    jobs = plan.batch(home() / "params" / "batch.yaml", _checker())
    fields: dict[str, Any] = {
        "units": len(library.register.slugs),
        "indicators": len(library.catalog.indicators),
        "targets": len(library.catalog.targets),
        "figures": counted,
        "sources": ", ".join(names),
        "jobs": len(jobs),
    }
    _say(sentence("check_done", **fields))


@app.command(help=sentence("help_run"))
@click.argument("province")
@click.argument("period")
@click.option("--source", default="published", show_default=True, help=sentence("help_source"))
@click.option("--lang", default="vi", show_default=True, help=sentence("help_lang"))
@click.option("--format", "formats", default="html,pdf", show_default=True, help=sentence("help_format"))
@click.option("--notebook", default="province_assessment", show_default=True, help=sentence("help_notebook"))
@click.option("-p", "parameters", nargs=2, multiple=True, metavar="NAME VALUE", help=sentence("help_parameter"))
@out_option
def run(
    province: str,
    period: str,
    source: str,
    lang: str,
    formats: str,
    notebook: str,
    parameters: tuple[tuple[str, str], ...],
    out: Path | None,
) -> None:
    """Make one report."""
    from partybuilding.present import report
    from partybuilding.publish import plan

    _speak(lang)
    report.day_of(dict(parameters).get("document_date", ""))
    wish = {"notebook": notebook, "source": source, "province": province, "period": period, "lang": lang}
    wanted = [name.strip() for name in formats.split(",") if name.strip()]
    more = dict(parameters)
    if len(more) < len(parameters):
        names = [name for name, _ in parameters]
        raise UserError("parameter_twice", value=next(name for name in names if names.count(name) > 1), other="-p")
    job = plan.job(wish, wanted, more, _checker())
    _make([job], out or home() / "reports", lambda _: ["run", *sys.argv[2:]])


@app.command(help=sentence("help_batch"))
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--only", multiple=True, help=sentence("help_only"))
@click.option("--limit", type=click.IntRange(min=1), help=sentence("help_limit"))
@click.option("--dry-run", is_flag=True, help=sentence("help_dry_run"))
@out_option
def batch(file: Path | None, only: tuple[str, ...], limit: int | None, dry_run: bool, out: Path | None) -> None:
    """Make all reports of a batch file."""
    from partybuilding.publish import plan

    jobs = plan.batch(file or home() / "params" / "batch.yaml", _checker(), only, limit)
    if dry_run:
        for job in jobs:
            _say(job.name)
        _say(sentence("batch_planned", count=len(jobs)))
        return

    def again(names: list[str]) -> list[str]:
        words = ["batch", *([str(file)] if file else []), *(word for name in names for word in ("--only", name))]
        return [*words, *(["--out", str(out)] if out else [])]

    _make(jobs, out or home() / "reports", again)


def _make(jobs: list[Any], out: Path, again: Callable[[list[str]], list[str]]) -> None:
    """Run the jobs one after the other with progress; exit status 1 where one is not published.

    `again` gives the words of the command that makes only the reports named.
    """
    from partybuilding.publish import edition
    from partybuilding.publish.runner import STAGING, Outcome, tidy
    from partybuilding.publish.runner import run as run_job

    edition.read_manifest(out)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    outcomes: list[Outcome] = []
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(jobs))
        for job in jobs:
            progress.update(task, description=job.name)
            outcome = run_job(job, out)
            outcomes.append(outcome)
            edition.publish(out, [outcome])
            progress.advance(task)
            if not console.is_terminal:
                _say(f"[{len(outcomes)}/{len(jobs)}] {sentence('state_' + outcome.state)}: {job.name}")
    tidy([out / STAGING])
    bad = [outcome for outcome in outcomes if outcome.state != "published"]
    _say(sentence("batch_done", published=len(outcomes) - len(bad), count=len(outcomes), out=out.name))
    for outcome in bad:
        _say(f"{sentence('state_' + outcome.state)}: {outcome.job.name}", error=True)
        for reason in outcome.reasons:
            _say(f"  {reason}", error=True)
    if bad:
        words = shlex.join(again([outcome.job.name for outcome in bad]))
        _say(sentence("batch_again", words=words, out=out.name), error=True)
        sys.exit(1)


@app.command(help=sentence("help_verify"))
@out_option
def verify(out: Path | None) -> None:
    """Hold the folder of reports against its manifest."""
    from partybuilding.publish import edition

    found = edition.verify(out or home() / "reports")
    for path, what in found:
        _say(f"{path}: {sentence('verify_' + what)}", error=True)
    if found:
        sys.exit(1)
    _say(sentence("verify_done", count=len(edition.read_manifest(out or home() / "reports")["reports"])))


def main() -> None:
    """Run the command line: a person's slip gives one message and exit status 2, without a traceback."""
    try:
        app()
    except UserError as error:
        _say(error.message(message_language()), error=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
