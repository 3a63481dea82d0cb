"""Carry out a plan: run the notebooks, write the reports, keep or set aside each run."""

from __future__ import annotations

import hashlib
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analysis import disclosure, language
from analysis.errors import AnalysisError, BusyError
from analysis.reports import found, pdf
from analysis.reports.archive import REPORT
from analysis.reports.checking import Checked, check
from analysis.reports.execution import LOG, Runner
from analysis.reports.failing import cause_of, failures_in_a_row
from analysis.reports.framing import frame
from analysis.reports.handover import FINDINGS, PREVIOUS, Handover
from analysis.reports.html import read_content, render_report, write_figure_tables
from analysis.reports.index import write_index
from analysis.reports.manifest import Manifest, git_commit, versions
from analysis.reports.retention import remove_old_runs
from analysis.reports.retries import Retries
from analysis.reports.silence import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from nbformat import NotebookNode

    from analysis.reports.catalogue import Report
    from analysis.reports.execution import Execution
    from analysis.reports.html import Frame
    from analysis.reports.plan import Plan
    from analysis.reports.progress import Display
    from analysis.settings import Settings

__all__ = ["WORKERS", "Outcome", "carry_out", "fill", "render", "runner_for", "speak"]

WORKERS = 2
_EXPOSED = "small counts of people that the report gives back, though all is hidden that can be"
_SUPPOSED = "small counts of people that who knows totals from elsewhere could narrow"
_MENDED = "counts of people that were hidden at last, since all tables together told small ones"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report; `fault` is empty when readers have it.

    `busy` says that nothing is wrong with it: another process is making it.
    """

    report: str
    fault: str
    folder: Path | None
    seconds: float
    busy: bool = False


@dataclass(frozen=True, slots=True)
class _LaidOut:
    """The hash of a report, or what is wrong, and what its check found."""

    digest: str = ""
    fault: str = ""
    checked: Checked = field(default_factory=Checked)


def render(plan: Plan, progress: Display, *, workers: int = WORKERS) -> list[Outcome]:
    """Make every report of a plan, and the index over all there are; see `carry_out`."""
    outcomes = carry_out(plan, progress, workers=workers)
    write_index(plan.archive, plan.settings)
    return outcomes


def carry_out(
    plan: Plan, progress: Display, *, workers: int = WORKERS, runner: Runner | None = None
) -> list[Outcome]:
    """Make every report of a plan.

    Those that read the findings of the others are made after them. One that fails
    stops no other one.

    Parameters
    ----------
    plan : Plan
    progress : Display
    workers : int
        How many notebooks run at a time.
    runner : Runner, optional
        One that serves several plans.

    Returns
    -------
    list of Outcome, in the order of the plan
    """
    if runner is None:
        with runner_for(report for report, _ in plan.orders) as own:
            return carry_out(plan, progress, workers=workers, runner=own)
    speak(plan.settings)
    outcomes: dict[str, Outcome] = {}

    def make(order: tuple[Report, dict[str, Any]]) -> None:
        progress.started(order[0])
        outcome = outcomes[order[0].name] = _make(plan, *order, runner, progress)
        progress.finished(order[0], outcome)

    pool = ThreadPoolExecutor(workers)
    try:
        for late in (False, True):
            wave = [order for order in plan.orders if order[0].reads_findings is late]
            for _ in pool.map(make, wave):
                pass
    except BaseException:
        runner.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return [outcomes[report.name] for report, _ in plan.orders]


def speak(settings: Settings) -> None:
    """Use the language and the discretion of the settings in this process."""
    language.use(settings.language)
    disclosure.use(settings.reports)


def runner_for(reports: Iterable[Report]) -> Runner:
    """Return a runner that imports what these reports need but once."""
    return Runner(modules=sorted({name for report in reports for name in report.imports}))


def _make(
    plan: Plan, report: Report, parameters: dict[str, Any], runner: Runner, progress: Display
) -> Outcome:
    """Make one report; whatever goes wrong with it is its outcome."""
    clock = time.monotonic()
    key = plan.period.key
    try:
        with plan.archive.staged(report.name, key) as staged:
            manifest = fill(plan, report, parameters, staged, runner, progress)
            if runner.stopped:
                return Outcome(report.name, "it was stopped", None, time.monotonic() - clock)
            manifest.write(staged)
            if manifest.status == "succeeded":
                last_day, settings = plan.period.end, plan.settings.reports
                pdf.print_beside(staged / REPORT, last_day, settings, progress.say)
                folder = plan.archive.publish(staged, report.name, key)
            else:
                folder = plan.archive.set_aside(staged, report.name, key)
            remove_old_runs(plan.archive, report.name, plan.settings.reports.keep)
    except (AnalysisError, OSError) as error:
        busy = isinstance(error, BusyError)
        return Outcome(report.name, str(error), None, time.monotonic() - clock, busy)
    return Outcome(report.name, manifest.fault, folder, time.monotonic() - clock)


def fill(
    plan: Plan,
    report: Report,
    parameters: dict[str, Any],
    staged: Path,
    runner: Runner,
    progress: Display,
) -> Manifest:
    """Run the notebook in its staging folder, and leave there what will be archived."""
    started = datetime.now(UTC)
    notebook_digest = hashlib.sha256(report.notebook.read_bytes()).hexdigest()
    cause = cause_of(plan.archive, report, plan.period, plan.input, parameters)
    handover = plan.handover or Handover.find(plan.archive, report, plan.period)
    handover.lay_out(plan.archive, report, staged)
    parameters = parameters | {"previous_dir": PREVIOUS if handover.previous else ""}
    clock = time.monotonic()
    execution, attempts = _run(plan, report, parameters, staged, runner, progress)
    execution = without_secrets(execution, staged, plan.settings)
    seconds = time.monotonic() - clock
    clock = time.monotonic()
    laid_out = _lay_out(
        execution, lambda: frame(plan, report, parameters, handover.previous, staged), staged
    )
    fault = laid_out.fault
    _say_what_is_told(laid_out.checked, report, progress)
    if not fault:
        shutil.rmtree(staged / PREVIOUS, ignore_errors=True)  # the manifest says which it was
    _tidy(staged)
    failures = failures_in_a_row(plan.archive, report, plan.period, cause) + 1 if fault else 0
    return Manifest(
        **_known_before(plan, report, handover),
        run=staged.name,
        status="failed" if fault else "succeeded",
        fault=fault,
        attempts=attempts,
        cause=cause,
        failures=failures,
        parameters=parameters,
        notebook_sha256=notebook_digest,
        report_sha256=laid_out.digest,
        exposed=laid_out.checked.exposed,
        versions=versions(),
        commit=git_commit(report.notebook.parent),
        started=started,
        seconds={"notebook": round(seconds, 3), "report": round(time.monotonic() - clock, 3)},
    )


def _known_before(plan: Plan, report: Report, handover: Handover) -> dict[str, Any]:
    """Return what a manifest says that no run changes."""
    coverage = plan.coverage(report)
    return {
        "report": report.name,
        "title": report.title,
        "period": plan.period.key,
        "notebook": report.notebook.name,
        "leads": report.reads_findings,
        "previous": handover.previous,
        "findings_of": handover.others,
        "titles": dict(plan.titles),
        "input": plan.input,
        "provisional": coverage.provisional,
        "stale_days": coverage.stale_days,
    }


def _run(
    plan: Plan,
    report: Report,
    parameters: dict[str, Any],
    staged: Path,
    runner: Runner,
    progress: Display,
) -> tuple[Execution, int]:
    """Run the notebook, again where that may help; return how it ended, and the attempts."""

    def attempt() -> Execution:
        _clear(staged)
        return runner.run(
            report.notebook, staged, parameters, lambda cell: progress.advanced(report, cell)
        )

    execution, attempts = Retries.of(plan.settings.reports).run(attempt, runner.pause)
    if execution.fault and attempts > 1:
        execution = replace(execution, fault=f"{execution.fault} (tried {attempts} times)")
    return execution, attempts


def _lay_out(execution: Execution, around: Callable[[], Frame], folder: Path) -> _LaidOut:
    """Write the report of a run that is good, once what it tells of people was checked."""
    if execution.notebook is None or execution.fault:
        return _LaidOut(fault=execution.fault)
    try:
        checked = check(execution.notebook, folder, folder / PREVIOUS)
        return _LaidOut(_write_report(execution.notebook, around(), folder), "", checked)
    except AnalysisError as error:
        return _LaidOut(fault=str(error))
    except Exception as error:  # of one report, which shall not stop the others
        return _LaidOut(fault=f"it could not be laid out: {type(error).__name__}: {error}")


def _write_report(notebook: NotebookNode, around: Frame, folder: Path) -> str:
    """Write report, findings, forecasts and the numbers of its charts; return its hash."""
    content = read_content(notebook)
    write_figure_tables(content, folder / "tables")
    html = render_report(content, around)
    (folder / REPORT).write_text(html, "utf-8")
    found.write(folder / found.FILE, found.handed_on(content))
    found.write_forecasts(notebook, folder)
    return hashlib.sha256(html.encode()).hexdigest()


def _say_what_is_told(checked: Checked, report: Report, progress: Display) -> None:
    """Say what the check of small counts found, if anything."""
    found = {_EXPOSED: checked.exposed, _SUPPOSED: checked.supposed, _MENDED: checked.mended}
    for what, count in found.items():
        if count:
            progress.say(f"{report.name}: {what}: {count:,}")


def _clear(folder: Path) -> None:
    """Remove what an attempt left that was not the last one, but nothing that it was given."""
    for path in folder.iterdir():
        if path.name in (FINDINGS, PREVIOUS):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    (folder / "tables").mkdir(exist_ok=True)


def _tidy(folder: Path) -> None:
    """Remove what holds nothing, so that the archive only keeps what is worth it."""
    log, tables = folder / LOG, folder / "tables"
    if log.is_file() and not log.read_text("utf-8", "replace").strip():
        log.unlink()
    if tables.is_dir() and not any(tables.iterdir()):
        tables.rmdir()
