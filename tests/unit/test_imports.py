"""The import rules hold."""

import ast
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OURS: tuple[str, ...] = tuple(PROJECT["tool"]["importlinter"]["root_packages"])


def test_the_import_rules_hold() -> None:
    command = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


def test_every_folder_of_code_is_installed_and_under_the_import_rules() -> None:
    tops = [path for path in ROOT.iterdir() if not path.name.startswith(".") and path.name != "tests"]
    ours = [file.relative_to(ROOT) for top in tops for file in top.rglob("*.py")]
    assert {".".join(file.parent.parts) for file in ours} == set(PROJECT["tool"]["setuptools"]["packages"])
    assert {file.parts[0] for file in ours} == set(OURS)
    assert list(ROOT.glob("*.py")) == [], "a file of the root is not installed"


@pytest.mark.parametrize(
    ("room", "needs"),
    [("bot.sandbox", ()), ("bot.demo", ("bot.sandbox", "bot.manifest")), ("models.rules", ("models.errors",))],
)
def test_a_room_that_stands_apart_imports_nothing_else_of_ours(room: str, needs: tuple[str, ...]) -> None:
    graph = _ours()
    imported = {
        other
        for file in graph.modules
        if _is_in(file, room)
        for other in graph.find_modules_directly_imported_by(file)
        if not any(_is_in(other, allowed) for allowed in (room, *needs))
    }
    assert imported == set()


def test_neither_handlers_nor_operations_open_a_session() -> None:
    """They could without an import: `Store.read` and `Store.write` give one."""
    files = [file for room in ("handlers", "models/handoffs") for file in (ROOT / room).rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    opened = {
        node.attr for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("store")
    }
    imported = {node.name for node in nodes if isinstance(node, ast.alias)}
    assert opened == {"look", "change"}
    assert "Store" in imported
    assert "Session" not in imported


def test_no_two_files_of_ours_import_each_other_however_many_others_between() -> None:
    """This includes imports that only the type checker follows, behind TYPE_CHECKING."""
    graph = _ours()
    imports = {file: graph.find_modules_directly_imported_by(file) for file in graph.modules}
    assert len(imports) > 150
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))


def _ours() -> grimp.ImportGraph:
    return grimp.build_graph(*OURS, exclude_type_checking_imports=False, cache_dir=None)


def _is_in(file: str, room: str) -> bool:
    return file == room or file.startswith(f"{room}.")
