"""Notes of native libraries on stderr."""

import os

import pytest

from vicinal.featurizers.native_notes import suppress_native_notes

NOTES = b"""WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795285373.828885   24001 port.cc:153] oneDNN custom operations are on.
W0000 00:00:1795285373.828886   24001 port.cc:154] no device
"""
FAULTS = b"E0000 00:00:1795285373.828887   24001 port.cc:155] out of memory\nIt is broken\nno end of line"


def test_notes_are_left_out_and_faults_are_not(capfd):
    with suppress_native_notes():
        os.write(2, NOTES + FAULTS)
    os.write(2, b"after")
    assert capfd.readouterr().err == FAULTS.decode() + "after"


def test_stderr_is_there_again_after_an_error(capfd):
    def broken():
        with suppress_native_notes():
            os.write(2, NOTES + b"why\n")
            raise ImportError

    with pytest.raises(ImportError):
        broken()
    os.write(2, b"after")
    assert capfd.readouterr().err == "why\nafter"
