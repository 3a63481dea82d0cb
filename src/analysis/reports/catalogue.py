"""Which reports there are: a notebook called `<number>_<name>.ipynb` is one."""

from __future__ import annotations

import ast
import difflib
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

import analysis
from analysis.errors import ReportError
from analysis.reports.parameters import ReportParameters, model_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Report", "find_reports", "notebooks_folder"]

_FILE = re.compile(r"[0-9]{2}_([a-z][a-z0-9_]*)")
_HEADING = re.compile(r"^# +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Report:
    """A report that can be rendered.

    Attributes
    ----------
    name : str
        'churn'; also the name of its folder in the archive.
    title : str
        The notebook's first heading.
    notebook : Path
        The file.
    parameters : type of ReportParameters
        What it may be asked for.
    cells : int
        How many cells it has, for a progress display.
    imports : tuple of str
        What its cells import, or may: of `from a import b` both ``a`` and ``a.b``.
    """

    name: str
    title: str
    notebook: Path
    parameters: type[ReportParameters]
    cells: int
    imports: tuple[str, ...] = ()

    @property
    def reads_findings(self) -> bool:
        """Whether it needs the other reports of its period to be there first."""
        return "findings_dir" in self.parameters.model_fields


def notebooks_folder(root: Path) -> Path:
    """Return the folder of the notebooks: beside the settings file, or this project's own."""
    folders = [root / "notebooks", Path(analysis.__file__).resolve().parents[2] / "notebooks"]
    for folder in folders:
        if any(folder.glob("[0-9][0-9]_*.ipynb")):
            return folder
    raise ReportError(
        f"The notebooks must be in the folder `notebooks` beside the settings file, called "
        f"like 04_churn.ipynb; there are none in {' or '.join(map(str, folders))}."
    )


def find_reports(folder: Path, names: Sequence[str]) -> list[Report]:
    """Return the reports of these names, in the order of their notebooks.

    Parameters
    ----------
    folder : Path
        Where the notebooks are.
    names : sequence of str
        'churn' or '04_churn'.

    Raises
    ------
    ReportError
        A name is unknown, or its notebook cannot be a report.
    """
    files = {
        match[1]: path
        for path in sorted(folder.glob("*.ipynb"))
        if (match := _FILE.fullmatch(path.stem))
    }
    wanted = {_known(name, files) for name in names}
    return [_read_report(name, path) for name, path in files.items() if name in wanted]


def _known(name: str, files: dict[str, Path]) -> str:
    match = _FILE.fullmatch(name)
    plain = match[1] if match and match[1] in files else name
    if plain not in files:
        near = difflib.get_close_matches(name, files, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ReportError(f"There is no report {name!r}.{hint} There are: {', '.join(files)}.")
    return plain


def _read_report(name: str, path: Path) -> Report:
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise ReportError(f"{path} must be a notebook; it is not: {error}.") from None
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    heading = _HEADING.search("\n".join(texts))
    title = heading[1].strip() if heading else name.replace("_", " ").capitalize()
    imports = tuple(dict.fromkeys(_imports(notebook)))
    return Report(name, title, path, model_for(name, notebook), len(notebook.cells), imports)


def _imports(notebook: nbformat.NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        with suppress(SyntaxError):  # what only IPython understands
            code = ast.parse(cell.source if cell.cell_type == "code" else "")
            for node in ast.walk(code):
                if isinstance(node, ast.Import):
                    yield from (alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    yield node.module
                    yield from (f"{node.module}.{alias.name}" for alias in node.names)
