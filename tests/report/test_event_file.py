import math
import subprocess
import sys

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from keras_tips.report.event_file import EventFile


def events_of(path):
    """The summaries of a file, as TensorBoard's own loader reads them: it checks every checksum."""
    return [event for event in EventFileLoader(str(path)).Load() if event.HasField("summary")]


def values_of(path):
    return [(event.step, value) for event in events_of(path) for value in event.summary.value]


def test_scalars_are_read_back(tmp_path):
    with EventFile(tmp_path) as file:
        file.scalar("loss", 0.5, step=0, wall_time=100.0)
        file.scalars({"loss": np.float32(0.25), "rate": 1e-8}, step=7)
    read = [(step, value.tag, value.tensor.float_val[0]) for step, value in values_of(file.path)]
    assert read == [(0, "loss", 0.5), (7, "loss", 0.25), (7, "rate", pytest.approx(1e-8))]
    assert events_of(file.path)[0].wall_time == 100.0
    assert {value.metadata.plugin_data.plugin_name for _, value in values_of(file.path)} == {"scalars"}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e300])
def test_numbers_that_are_not_finite_are_kept(tmp_path, number):
    with EventFile(tmp_path) as file:
        file.scalar("loss", number, step=0)
    ((_, value),) = values_of(file.path)
    read = value.tensor.float_val[0]
    assert not math.isfinite(read)
    assert math.isnan(read) == math.isnan(number)
    assert (read < 0) == (number < 0)


def test_text_is_read_back(tmp_path):
    with EventFile(tmp_path) as file:
        file.text("remark", "**schön** ✔", step=3)
        file.tensor_text("diagnosis", "{}", step=3, plugin="keras_tips")
    (_, text), (_, other) = values_of(file.path)
    assert text.tensor.string_val[0].decode() == "**schön** ✔"
    assert text.metadata.plugin_data.plugin_name == "text"
    assert other.metadata.plugin_data.plugin_name == "keras_tips"


def test_every_record_is_framed_as_tensorboards_own_writer_frames_it(tmp_path):
    from tensorboard.summary.writer.record_writer import RecordWriter

    with EventFile(tmp_path / "ours") as file:
        file.scalar("loss", 0.5, step=1)
    data, rest = file.path.read_bytes(), []
    while data:
        length = int.from_bytes(data[:8], "little")
        rest.append(data[12 : 12 + length])
        data = data[16 + length :]
    with open(tmp_path / "theirs", "wb") as theirs:
        for record in rest:
            RecordWriter(theirs).write(record)
        theirs.flush()
    assert file.path.read_bytes() == (tmp_path / "theirs").read_bytes()
    assert len(rest) == 3


def test_flushed_points_are_on_disk_while_the_file_is_open(tmp_path):
    with EventFile(tmp_path) as file:
        file.scalar("loss", 0.5, step=1)
        file.flush()
        assert len(events_of(file.path)) == 1


def test_two_files_in_one_folder_have_names_in_the_order_of_writing(tmp_path):
    paths = []
    for _ in range(3):
        with EventFile(tmp_path) as file:
            paths.append(file.path.name)
    assert paths == sorted(set(paths))


def test_a_closed_file_refuses_and_closes_again(tmp_path):
    file = EventFile(tmp_path)
    file.close()
    file.close()
    file.flush()
    with pytest.raises(ValueError, match="Expected an open one"):
        file.scalar("loss", 1.0, step=0)


@pytest.mark.parametrize(
    "arguments, name",
    [
        (("", 1.0, 0), "tag"),
        ((None, 1.0, 0), "tag"),
        (("loss", "1", 0), "value"),
        (("loss", True, 0), "value"),
        (("loss", None, 0), "value"),
        (("loss", 1.0, -1), "step"),
        (("loss", 1.0, 0.5), "step"),
        (("loss", 1.0, 0, math.nan), "wall_time"),
        (("loss", 1.0, 0, "now"), "wall_time"),
    ],
)
def test_bad_arguments_are_named(tmp_path, arguments, name):
    with EventFile(tmp_path) as file, pytest.raises(ValueError, match=f"`{name}`"):
        file.scalar(*arguments)


def test_writing_imports_no_framework_though_it_is_installed(tmp_path):
    code = (
        "import sys; from keras_tips.report import EventFile, write_trial; from keras_tips.records import Trial\n"
        f"EventFile({str(tmp_path)!r}).text('a', 'b', 0); write_trial({str(tmp_path)!r}, Trial('0', 'completed'), {{}})\n"
        "print([name for name in ('tensorflow', 'keras', 'jax', 'torch', 'keras_tuner') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
