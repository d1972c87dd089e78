"""What adapting and scaling cost: CPU time and memory of our layers over scikit-learn's, on 10 000 examples of 784 features.

    KERAS_BACKEND=jax python tests/benchmarks/bench_whitening.py

Times are ratios of CPU time, taken in turns in one process: lower quartile, median, upper quartile. Memory is the highest
resident size of a process of its own, less what it had after loading its libraries; scikit-learn's counts the array that it
needs whole, ours the batches that it reads from a file. Its error is the largest one in whitened float32 data, against
scikit-learn's in float64.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's threads wait busily for work, and CPU time would count that

import numpy as np

EXAMPLES, MANY, FEATURES = 10_000, 60_000, 784
ROUNDS = int(os.environ.get("ROUNDS", "7"))

# Each of these runs in a process of its own: it loads its libraries, warms them up, and then does the work.
LIBRARIES = """
import sys, numpy as np
from pathlib import Path
def size(line):
    return int(next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith(line)).split()[1])
path, kind = sys.argv[1:]
def batches():
    with open(path, "rb") as file:
        while len(batch := np.fromfile(file, kind, 100 * 784)):
            yield batch.reshape(100, 784)
def array():
    return np.fromfile(path, kind).reshape(-1, 784)
small = np.random.default_rng(0).normal(size=(64, 8))
"""
FITS = {
    "scikit-learn, array": """
from sklearn.decomposition import PCA
def whiten(): PCA(whiten=True).fit(array())
PCA(whiten=True).fit(small)
""",
    "ours, same array": """
from keras_tips.layers import PCAWhitening
def whiten(): PCAWhitening().adapt(array())
PCAWhitening().adapt(small)
""",
    "ours, batches from the file": """
from keras_tips.layers import PCAWhitening
def whiten(): PCAWhitening().adapt(batches())
PCAWhitening().adapt(small)
""",
}
MEASURE = """
Path("/proc/self/clear_refs").write_text("5")  # the highest size starts again from here
before = size("VmRSS")
whiten()
print((size("VmHWM") - before) / 1024)
"""


def correlated(kind, examples=EXAMPLES):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((examples, FEATURES), "float32") @ rng.standard_normal((FEATURES, FEATURES), "float32")
    return np.clip(x + 128, 0, 255).astype(kind) if kind == "uint8" else x.astype(kind)


def times():
    import keras
    from ratios import cpu_ratios, quartiles
    from scipy import linalg
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import MinMaxScaler

    from keras_tips.layers import MinMaxScaling, PCAWhitening
    from keras_tips.layers.covariance import covariance

    print(f"backend {keras.backend.backend()}; CPU time, ours over scikit-learn's: lower quartile, median, upper quartile")
    for kind in ("float64", "float32"):
        x = correlated(kind)
        white, scaled = PCAWhitening(), MinMaxScaling()
        pairs = {
            "PCAWhitening.adapt": (lambda x=x: PCA(whiten=True).fit(x), lambda x=x, layer=white: layer.adapt(x)),
            "MinMaxScaling.adapt": (lambda x=x: MinMaxScaler().fit(x), lambda x=x, layer=scaled: layer.adapt(x)),
        }
        for name, (theirs, ours) in pairs.items():
            print(f"  {name:22} {kind:8} {quartiles(cpu_ratios(theirs, ours, rounds=ROUNDS))}", flush=True)
    scatter = np.cov(x.T)
    limits = cpu_ratios(lambda: linalg.eigh(scatter, driver="evr"), lambda: covariance(iter([x]), FEATURES), rounds=ROUNDS)
    print(f"  where the limit is: matrix products, over finding the directions {quartiles(limits)}")
    exact = PCA(whiten=True).fit(x.astype("float64")).transform(x.astype("float64"))
    ours, theirs = keras.ops.convert_to_numpy(white(x)), PCA(whiten=True).fit(x).transform(x)
    for name, found in (("ours", ours), ("scikit-learn's in float32", theirs)):
        print(f"  error, {name:27} {np.abs(np.abs(found) - np.abs(exact)).max():.1e}")
    tensor = keras.ops.convert_to_tensor(x)
    pca, scaler = PCA(whiten=True).fit(x), MinMaxScaler().fit(x)
    for name, theirs, ours in (
        ("PCAWhitening", lambda: pca.transform(x), lambda: white(tensor)),
        ("MinMaxScaling", lambda: scaler.transform(x), lambda: scaled(tensor)),
    ):
        print(f"  {name:22} {kind:8} {quartiles(cpu_ratios(theirs, ours, rounds=ROUNDS))}", flush=True)


def memory():
    print("memory of adapting, MiB: the data, where they have to be there whole, and all that is needed besides")
    for kind, examples in (("float64", EXAMPLES), ("float32", EXAMPLES), ("uint8", EXAMPLES), ("uint8", MANY)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "data"
            correlated(kind, examples).tofile(path)
            needed = {name: mebibytes(LIBRARIES + fit + MEASURE, path, kind) for name, fit in FITS.items()}
        theirs = needed["scikit-learn, array"]
        for name, value in needed.items():
            print(f"  {examples:6} of {kind:8} {name:28} {value:6.1f}   {value / theirs:.2f} of scikit-learn's", flush=True)


def mebibytes(program, *arguments):
    command = [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    times()
    memory()
