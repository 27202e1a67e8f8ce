"""What a server process has taken of the machine, whatever else that machine is doing."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(process_id: int) -> float:
    """Processor time of all its threads so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_mb(process_id: int) -> float:
    """The most memory that it had since the last `forget_peak`."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


def forget_peak(process_id: int) -> None:
    """Lets the peak begin at what it has now."""
    Path(f"/proc/{process_id}/clear_refs").write_text("5")
