"""How much memory a process takes."""

from pathlib import Path


def resident(pid: int) -> int:
    """Returns how many bytes of the process are in memory."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"process {pid} says nothing of its memory")
