"""Work whose tasks do what a test asks of them, in whatever process they are."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_info

from vicinal.core.errors import FeaturizerUnavailable, InvalidInput


@dataclass(frozen=True)
class Chore:
    number: int
    does: str = "double"
    rows: int = 10

    def __str__(self):
        return f"chore {self.number}"


@dataclass(frozen=True)
class Chores:
    """Leaves a file for each time that it was begun."""

    folder: Path
    begins: str = "well"
    needs_own_process: bool = True
    threads: int = 1

    def begin(self):
        (self.folder / f"begun-{os.getpid()}-{time.monotonic_ns()}").touch()
        if self.begins == "refused":
            raise FeaturizerUnavailable("there is no such thing")
        if self.begins == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        return self.do

    def do(self, chore, tell):
        tell(4)
        return getattr(self, chore.does.replace(" ", "_"))(chore)

    def double(self, chore):
        return 2 * chore.number

    def process(self, _chore):
        return os.getpid()

    def limits(self, _chore):
        return [pool["num_threads"] for pool in threadpool_info()]

    def wait(self, chore):
        time.sleep(0.5)
        return chore.number

    def wait_long(self, _chore):
        self._wait(600)

    def wait_a_while(self, _chore):
        self._wait(3)

    def _wait(self, seconds):
        (self.folder / f"waits-{os.getpid()}").touch()
        time.sleep(seconds)

    def refuse(self, chore):
        raise InvalidInput.at("chores[3]", f"{chore} is wrong")

    def find_no_room(self, _chore):
        raise OSError(28, "No space left on device")

    def break_down(self, _chore):
        raise ValueError("broken")

    def die(self, _chore):
        os.kill(os.getpid(), signal.SIGKILL)

    def die_once(self, chore):
        flag = self.folder / "died"
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.double(chore)
