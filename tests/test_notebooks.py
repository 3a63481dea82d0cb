"""Every notebook keeps the house rules; nbval runs them, and test_sample.py renders them."""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
LOGIC = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.Lambda)
RUNNER_SETS = {"period", "settings_path", "tables_dir", "previous_dir"}

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_there_are_six():
    assert [path.stem for path in NOTEBOOKS] == [
        "01_data_quality",
        "02_segmentation",
        "03_retention",
        "04_churn",
        "05_clv",
        "06_summary",
    ]


@each_notebook
def test_it_is_valid_and_committed_without_outputs(path):
    nbformat.validate(json.loads(path.read_text("utf-8")))
    assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(path))


@each_notebook
def test_it_begins_with_its_title_and_its_question(path):
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert "?" in first.source


@each_notebook
def test_its_parameters_are_plain_annotated_assignments_with_a_comment(path):
    tagged = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    statements = ast.parse(tagged[0].source).body
    assert all(isinstance(one, ast.AnnAssign) and one.simple for one in statements)
    assert {one.target.id for one in statements} >= RUNNER_SETS
    assert all("  # " in line for line in tagged[0].source.splitlines())


@each_notebook
def test_it_calls_and_never_computes(path):
    for cell in code_cells(path):
        nodes = list(ast.walk(ast.parse(cell.source)))
        assert not [node for node in nodes if isinstance(node, LOGIC)], cell.source
        assert len(cell.source.splitlines()) <= 12, cell.source


@each_notebook
def test_its_sections_ask_and_its_last_one_says_how(path):
    cells = nbformat.read(path, as_version=4).cells
    headings = [
        match[1]
        for cell in cells
        if cell.cell_type == "markdown"
        for match in re.finditer(r"^## (.+)$", cell.source, flags=re.MULTILINE)
    ]
    questions = [heading for heading in headings if heading.endswith("?")]
    assert len(questions) >= 4
    assert "method" in headings[-1].lower()


@each_notebook
def test_it_imports_in_one_cell(path):
    importing = [
        cell
        for cell in code_cells(path)
        if any(
            isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(cell.source).body
        )
    ]
    assert len(importing) == 1
