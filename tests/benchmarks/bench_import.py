"""What `import keras_tips` costs: CPU time of a fresh interpreter with it, less that of one without.

python tests/benchmarks/bench_import.py
"""

import resource
import statistics
import subprocess
import sys

RUNS = 15


def cpu_seconds(statement):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    for statement in ("import keras_tips", "from keras_tips import diagnose, load_run", "import keras_tips.cli.main"):
        extra = [cpu_seconds(statement) - cpu_seconds("pass") for _ in range(RUNS)]
        low, middle, high = statistics.quantiles(extra, n=4)
        print(f"{statement:42} CPU s: {low:.3f} {middle:.3f} {high:.3f} (quartiles of {RUNS})")


if __name__ == "__main__":
    main()
