"""Small notebooks for the tests of the reports: as code to run, or with outputs made up."""

from __future__ import annotations

from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from analysis.reports.execution import Execution

PARAMETERS = (
    'period: str = "2017-12"\nsettings_path: str = ""\ntables_dir: str = ""\nprevious_dir: str = ""'
)


def notebook(*cells: str | list[Any], title: str = "# Churn\n\nWho is leaving?") -> Any:
    """Return a notebook of Markdown texts (str) and of code cells that showed things (list)."""
    made = [new_markdown_cell(title, id="title")]
    for number, cell in enumerate(cells):
        if isinstance(cell, str):
            made.append(new_markdown_cell(cell, id=f"cell-{number}"))
        else:
            outputs = [shown(thing) for thing in cell]
            made.append(
                new_code_cell(
                    "SECRET_CODE", id=f"cell-{number}", execution_count=1, outputs=outputs
                )
            )
    return new_notebook(cells=made)


def shown(thing: Any) -> Any:
    """Return the output that displaying `thing` leaves in a notebook."""
    if isinstance(thing, dict):
        return new_output("display_data", data=thing)
    bundle = thing._repr_mimebundle_()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    return new_output("display_data", data=data, metadata=metadata)


def write_runnable(path: Any, *sources: str, parameters: str = PARAMETERS) -> Any:
    """Write a notebook of a title, a parameters cell and these code cells; return its path."""
    cells = [
        new_markdown_cell("# A small report\n\nDoes it run?", id="title"),
        new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}),
    ]
    for number, source in enumerate(sources):
        new_cell = new_markdown_cell if source.startswith("#") else new_code_cell
        cells.append(new_cell(source, id=f"cell-{number}"))
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


def run_at_once(self, notebook, folder, parameters, on_cell):
    """Stand in for a run: nothing is executed, and a notebook that divides by nothing fails."""
    executed = nbformat.read(notebook, as_version=4)
    fails = any("1 / 0" in cell.source for cell in executed.cells)
    return Execution(executed, "cell 4 ended in ZeroDivisionError" if fails else "", 0.001)
