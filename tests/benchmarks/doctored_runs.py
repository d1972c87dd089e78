"""Runs of programs in worker processes, each of which trains many: starting a framework costs seconds, a crash one run only."""

import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

__all__ = ["ORDER", "run_all", "work"]

SECONDS_PER_RUN = 300  # a worker that is silent for longer is ended
ORDER = {"program": "", "seed": 0, "fault": None, "doctor": True}


class Worker:
    """A process that answers orders, one line of JSON each, and is started anew when it has died."""

    def __init__(self, script):
        self.command, self.process = [sys.executable, str(script), "--worker"], None

    def answer(self, order):
        """Carries out one order; returns its row, with `error` set where the process died or fell silent."""
        if self.process is None or self.process.poll() is not None:
            environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self.process = subprocess.Popen(self.command, text=True, env=environment, **pipes)
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], SECONDS_PER_RUN)
            line = self.process.stdout.readline() if ready else ""
        except BrokenPipeError:
            line = ""
        if line:
            return json.loads(line)
        self.end()
        return {**order, "findings": None, "shortfalls": [], "error": "the process died or fell silent", "seconds": None}

    def end(self):
        """Ends the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def run_all(script, batches, jobs, report):
    """Carries out batches of orders in `jobs` processes; returns the rows, in the order in which they came.

    A batch is `(orders, enough)`: its orders are carried out one after the other until `enough` of them applied. `report` is
    called with each row.
    """
    waiting, rows, lock = queue.SimpleQueue(), [], threading.Lock()
    for batch in batches:
        waiting.put(batch)

    def serve():
        worker = Worker(script)
        while True:
            try:
                orders, enough = waiting.get_nowait()
            except queue.Empty:
                return worker.end()
            for order in orders:
                row = worker.answer(order)
                if row.get("applies", True):
                    with lock:
                        rows.append(row)
                        report(row)
                    enough -= 1
                if not enough:
                    break

    threads = [threading.Thread(target=serve) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rows


def work():
    """What a worker process does: answers the orders that come in, until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what programs and frameworks print is no answer
    for line in sys.stdin:
        answers.write(json.dumps(carried_out(json.loads(line))) + "\n")
        answers.flush()


def carried_out(order):
    """Trains one program, with a fault and under a doctor where the order says so. Returns a row of plain values."""
    import keras
    from healthy_programs import PROGRAMS

    start, program = time.perf_counter(), PROGRAMS[order["program"]]
    row = {**order, "kind": program.kind, "findings": None, "shortfalls": [], "history": {}, "error": None}
    try:
        model, fit = program.build(order["seed"])
        if order["fault"]:
            put_in = with_fault(order["fault"], model, fit, order["seed"])
            if put_in is None:
                return {**row, "applies": False}
            model, fit = put_in
        train(model, fit, order["doctor"], program, row)
    except Exception as error:  # the row says what went wrong; other programs go on
        row["error"] = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    row["seconds"] = round(time.perf_counter() - start, 1)
    keras.backend.clear_session()
    return row


def with_fault(name, model, fit, seed):
    import numpy as np
    from injected_faults import FAULTS

    return FAULTS[name].put_into(model, fit, np.random.default_rng(seed + zlib.crc32(name.encode())))


def loss_unit(fault):
    from injected_faults import FAULTS

    return FAULTS[fault].loss_unit if fault else 1.0


def train(model, fit, with_doctor, program, row):
    """Fits, and writes into the row what came of it; a doctor has its diagnosis after an exception too."""
    from keras_tips import Doctor

    doctor = Doctor() if with_doctor else None
    callbacks = [*fit.pop("callbacks", []), *([doctor] if doctor else [])]
    try:
        history = model.fit(**fit, callbacks=callbacks).history
        row["history"] = {name: [float(f"{value:.4g}") for value in values] for name, values in history.items()}
        row["shortfalls"] = program.shortfalls(history, loss_unit(row["fault"]))
    finally:
        if doctor is not None:
            row["findings"] = [plain(finding) for finding in doctor.diagnosis.findings]
            if os.environ.get("KEEP_RUNS"):
                folder = Path(os.environ["KEEP_RUNS"])
                folder.mkdir(parents=True, exist_ok=True)
                doctor.save(folder / f"{row['program']}-{row['fault'] or 'healthy'}-{row['seed']}.jsonl")


def plain(finding):
    known = {name: getattr(finding, name) for name in ("rule", "severity", "stage", "message", "confidence")}
    return {**known, "layers": list(finding.layers)}
