"""The examples of changes (docs/examples) apply to this code. Each passes its own tests, and those that say what a
change of its kind has forgotten."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/examples"
# What a copy of the program has no need of. Names with `.pyc.` are those of files that another process writes.
LEFT_OUT = (".git", ".venv", ".*_cache", ".hypothesis", "*.egg-info", "build", "*.db*", "*.pyc.*")
# To save time, Postgres is left out, but for a migration, and so are tests of much else.
ASKED = "(not postgres or migrated) and not whatever and not metric and not alerts"
MIGRATED = "tests/migration/test_migrations.py::test_the_migrated_schema_is_the_declared_one"
REASONS = "tests/unit/test_agreement.py::test_the_default_reasons_are_those_of_the_product"
# Of each example: the tests that say what is missing in a change of its kind, beside those of all.
TOLD_BY = {
    "a_field": ["tests/unit/test_fields.py", "tests/unit/test_rows.py", MIGRATED],
    "a_move": ["tests/unit/test_lifecycle.py", "tests/unit/test_moves.py", "tests/unit/test_views.py"],
    "a_destination": ["tests/unit/test_destinations.py", REASONS],
    "a_command": [],
    "a_number": ["tests/unit/test_digest_numbers.py"],
}
TOLD_OF_ALL = ["tests/unit/test_closed_sets.py", "tests/unit/test_docs.py"]
WHO_MAY = "tests/scenario/test_who_may.py::test_everybody_tries_every_button_form_and_word"


def tried(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs a command in a copy of the program."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIT", "PYTHON"))}
    environment = {**theirs, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def run(folder: Path, *command: str | Path) -> str:
    """Runs a command there, and returns what it says. Fails if the command does."""
    ran = tried(folder, *command)
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


def test_there_are_tests_for_each_example_and_a_line_on_the_page() -> None:
    there = {path.stem for path in FOLDER.glob("*.patch")}
    assert there == set(TOLD_BY)
    page = (FOLDER / "README.md").read_text("utf-8")
    assert set(re.findall(r"^\| \[(\w+)\]\(\1\.patch\)", page, re.MULTILINE)) == there


@pytest.mark.timeout(300)  # a test run of its own
@pytest.mark.parametrize("example", TOLD_BY)
def test_an_example_applies_and_passes_its_tests(example: str, tmp_path: Path) -> None:
    """ASKED says which of these tests run."""
    patch, copy = FOLDER / f"{example}.patch", tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    if tried(copy, "git", "apply", "--reverse", "--check", patch).returncode == 0:
        pytest.skip("somebody tries it: it is applied to this code")
    run(copy, "git", "apply", patch)
    where = run(copy, sys.executable, "-c", "import bot, handlers, jobs, models as m; print(bot, handlers, jobs, m)")
    assert where.count(str(copy)) == 4, "these are not the modules of the copy"
    own = re.findall(r"^--- /dev/null\n\+\+\+ b/(tests/\S+)$", patch.read_text("utf-8"), re.MULTILINE)
    said = run(
        copy,
        *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", f"--basetemp={tmp_path}/inside"),
        *("-rp", "-k", ASKED),
        *(*own, *TOLD_OF_ALL, WHO_MAY, *TOLD_BY[example]),
    )
    assert own
    for file in own:
        assert f"PASSED {file}::" in said, f"no test of {file} ran"
