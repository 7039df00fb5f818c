"""The rules of who may import whom hold."""

import subprocess
import sys
from pathlib import Path


def test_the_import_rules_hold() -> None:
    command = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([command], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout
