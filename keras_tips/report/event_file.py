"""TensorBoard event files, written without TensorFlow."""

import itertools
import os
import socket
import struct
import time
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.report.crc32c import crc32c

__all__ = ["EventFile"]

FILE_VERSION = "brain.Event:2"  # first event of every file; readers refuse files without it
CRC_ROTATION = 15  # bits; the record format stores a checksum rotated and shifted, so that it never is one of itself
CRC_OFFSET = 0xA282EAD8

_file_numbers = itertools.count()


class EventFile:
    """One new event file in a folder. A folder is a run for TensorBoard, and should have one writer at a time.

    Only TensorBoard's message classes are imported. The file is a row of records: length (8 bytes, little endian), masked
    checksum of the length, the event, masked checksum of the event. Nothing runs in the background: what was written
    is on disk after `flush` or `close`.

    Args:
        folder: the run's folder; it is made where it is missing.
        ending: last part of the file's name, by which a writer finds its own files again.

    Raises:
        ValueError: a tag, step, value or time is not what it should be, or the file is closed.

    Example:

    >>> with EventFile("logs/mine") as file:  # doctest: +SKIP
    ...     file.scalar("loss", 0.5, step=10)
    ...     file.text("remark", "**all** is well", step=10)
    """

    def __init__(self, folder: str | os.PathLike[str], ending: str = "keras_tips") -> None:
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # Readers take the files of a folder in the order of their names, so the name begins with the time.
        unique = f"{socket.gethostname()}.{os.getpid()}.{next(_file_numbers):06d}"
        self.path = folder / f"events.out.tfevents.{int(time.time()):010d}.{unique}.{ending}"
        self._file: BinaryIO | None = open(self.path, "xb")  # noqa: SIM115 - it stays open until close()
        self._write(event_pb2.Event(file_version=FILE_VERSION, wall_time=time.time()))
        # A TensorBoard that is running and has read an earlier file of this folder forgets its points here.
        start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
        self._write(event_pb2.Event(session_log=start, wall_time=time.time()))
        self.flush()

    def scalar(self, tag: str, value: float, step: int, wall_time: float | None = None) -> None:
        """Writes one number. NaN and infinity are written as they are: a curve that ends there should show it.

        Args:
            tag: name of the curve, parts separated by `/`.
            value: a real number; stored with 32 bits.
            step: a whole number of at least 0.
            wall_time: seconds since 1970; None means now.
        """
        self.scalars({tag: value}, step, wall_time)

    def scalars(self, values: Mapping[str, float], step: int, wall_time: float | None = None) -> None:
        """Writes several numbers of one step as one event, which is cheaper than one each."""
        parts = [_value(tag, _scalar_tensor(tag, value), "scalars", types="scalar") for tag, value in values.items()]
        if parts:
            self.summary(summary_pb2.Summary(value=parts), step, wall_time)

    def text(self, tag: str, markdown: str, step: int, wall_time: float | None = None) -> None:
        """Writes a text for the Text tab, which shows Markdown."""
        self.tensor_text(tag, markdown, step, "text", wall_time)

    def tensor_text(self, tag: str, text: str, step: int, plugin: str, wall_time: float | None = None) -> None:
        """Writes a text as a tensor of bytes for the page of `plugin`."""
        if not isinstance(text, str):
            raise invalid("text", "a text", text)
        tensor = tensor_pb2.TensorProto(
            dtype=types_pb2.DT_STRING,
            tensor_shape=tensor_shape_pb2.TensorShapeProto(),
            string_val=[text.encode("utf-8", "replace")],
        )
        self.summary(summary_pb2.Summary(value=[_value(tag, tensor, plugin, types="tensor")]), step, wall_time)

    def summary(self, summary: summary_pb2.Summary, step: int, wall_time: float | None = None) -> None:
        """Writes a summary that the caller has built."""
        step = check_integer("step", step, low=0)
        if wall_time is None:
            wall_time = time.time()
        elif isinstance(wall_time, bool) or not isinstance(wall_time, Real) or not wall_time >= 0:
            raise invalid("wall_time", "seconds since 1970, or None for now", wall_time)
        self._write(event_pb2.Event(wall_time=float(wall_time), step=step, summary=summary))

    def flush(self) -> None:
        """Hands everything written so far to the operating system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Ends the file. Closing twice is harmless."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> "EventFile":
        """Returns the file itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Closes the file, after an exception too."""
        self.close()

    def _write(self, event: event_pb2.Event) -> None:
        if self._file is None:
            raise ValueError(f"Invalid `EventFile`. Expected an open one. Received: {self.path}, which is closed.")
        data = event.SerializeToString()
        length = struct.pack("<Q", len(data))
        self._file.write(length + _masked_crc(length) + data + _masked_crc(data))


def _masked_crc(data: bytes) -> bytes:
    crc = crc32c(data)
    rotated = (crc >> CRC_ROTATION | crc << (32 - CRC_ROTATION)) & 0xFFFFFFFF
    return struct.pack("<I", (rotated + CRC_OFFSET) & 0xFFFFFFFF)


def _scalar_tensor(tag: str, value: float) -> tensor_pb2.TensorProto:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise invalid("value", f"a real number for {tag!r}", value)
    return tensor_pb2.TensorProto(
        dtype=types_pb2.DT_FLOAT, tensor_shape=tensor_shape_pb2.TensorShapeProto(), float_val=[float(value)]
    )


def _value(tag: str, tensor: tensor_pb2.TensorProto, plugin: str, types: str) -> summary_pb2.Summary.Value:
    if not isinstance(tag, str) or not tag:
        raise invalid("tag", "a text that is not empty", tag)
    metadata = summary_pb2.SummaryMetadata(
        plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin),
        data_class=summary_pb2.DATA_CLASS_SCALAR if types == "scalar" else summary_pb2.DATA_CLASS_TENSOR,
    )
    return summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=metadata)
