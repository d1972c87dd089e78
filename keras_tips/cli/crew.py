"""A search by several processes on this machine: KerasTuner's chief and its workers, started, watched and ended."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

__all__ = ["Crew"]

CHIEF = "chief"  # KerasTuner knows the chief by this part of its name
LAUNCHER = "KERAS_TIPS_LAUNCHER"
MOST_RESTARTS = 3  # of one worker; one that dies each time has a reason that starting again does not remove
PATIENCE = 10  # seconds for a process to end when asked to


class Crew:
    """The processes of one search. In a `with` block, at whose end none of them is left.

    Each runs `keras-tips search` on the same file and folder, under a `KERASTUNER_TUNER_ID` of its own. What it prints goes
    to `workers/<name>.log` in the folder of the search.

    Args:
        config: the YAML file.
        out: folder of the search.
        workers: how many, beside the chief, which trains nothing.
    """

    def __init__(self, config: Path, out: Path, workers: int) -> None:
        self._command = [sys.executable, "-m", "keras_tips", "search", str(config), "--out", str(out)]
        self._logs = out / "workers"
        self._names = [f"worker_{number}" for number in range(1, workers + 1)]
        self._port = str(free_port())
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._restarts = dict.fromkeys(self._names, 0)

    def __enter__(self) -> "Crew":
        self._logs.mkdir(parents=True, exist_ok=True)
        for name in (CHIEF, *self._names):
            self._start(name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def searching(self) -> bool:
        """Returns whether the chief is at work; starts workers again that have died.

        KerasTuner gives a worker that comes back under its old name the trial that it had. Without it the chief would wait
        for that trial for ever.

        Raises:
            ValueError: the chief refuses the config or the folder.
            RuntimeError: the chief failed, or a worker dies again and again.
        """
        ended = self._running[CHIEF].poll()
        if ended is None:
            for name in self._names:
                if self._running[name].poll():
                    self._start_again(name)
            return True
        if ended:
            raise (ValueError if ended == 2 else RuntimeError)(self._last_words(CHIEF))
        return False

    def _start(self, name: str) -> None:
        environment = {
            **os.environ,
            "KERASTUNER_TUNER_ID": name,
            "KERASTUNER_ORACLE_IP": "127.0.0.1",
            "KERASTUNER_ORACLE_PORT": self._port,
            LAUNCHER: str(os.getpid()),
        }
        with open(self._logs / f"{name}.log", "ab") as log:
            self._running[name] = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment
            )

    def _start_again(self, name: str) -> None:
        if self._restarts[name] == MOST_RESTARTS:
            raise RuntimeError(f"{name} died {MOST_RESTARTS + 1} times. {self._last_words(name)}")
        self._restarts[name] += 1
        self._start(name)

    def _last_words(self, name: str) -> str:
        path = self._logs / f"{name}.log"
        lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
        return (lines[-1] if lines else f"It said nothing; see {path}.").removeprefix("keras-tips: ")


def free_port() -> int:
    """Returns a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end_with_launcher() -> None:
    """In a process of a crew: ends it once its launcher is gone, also one that was killed and could end nobody."""
    launcher = os.environ.get(LAUNCHER)
    if launcher is None:
        return

    def watch() -> None:
        while os.getppid() == int(launcher):
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
