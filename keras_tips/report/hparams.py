"""What TensorBoard's HParams tab reads: an experiment's columns, and the begin and end of a trial.

The messages are built here from TensorBoard's own classes, because its ready-made functions for them import TensorFlow.
"""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2

from keras_tips.records.leaderboard import Trial

__all__ = ["experiment_summary", "trial_end_summary", "trial_start_summary"]

STATUSES: Mapping[str, int] = {
    "completed": api_pb2.STATUS_SUCCESS,
    "failed": api_pb2.STATUS_FAILURE,
    "pruned": api_pb2.STATUS_SUCCESS,  # HParams has no word for it; the trial ended as the search wanted
}


def experiment_summary(parameters: Mapping[str, Sequence[Any] | None], metrics: Sequence[str]) -> summary_pb2.Summary:
    """Returns the columns of the table: parameters with their domains, and metrics."""
    experiment = api_pb2.Experiment(
        hparam_infos=[_parameter(name, choices) for name, choices in parameters.items()],
        metric_infos=[api_pb2.MetricInfo(name=api_pb2.MetricName(tag=name)) for name in metrics],
    )
    return _summary("_hparams_/experiment", plugin_data_pb2.HParamsPluginData(experiment=experiment))


def trial_start_summary(trial: Trial, parameters: Mapping[str, Sequence[Any] | None], start: float) -> summary_pb2.Summary:
    """Returns the begin of a trial with its parameters; those that are None or not in the trial are left out."""
    info = plugin_data_pb2.SessionStartInfo(group_name=trial.trial, start_time_secs=start)
    for name, value in trial.values.items():
        if value is None:
            continue  # written as text, it would turn a column of numbers into one of texts
        plain = _plain(str(value) if _kind(parameters.get(name)) is str else value)
        if isinstance(plain, bool):
            info.hparams[name].bool_value = plain
        elif isinstance(plain, float):
            info.hparams[name].number_value = plain
        else:
            info.hparams[name].string_value = plain
    return _summary("_hparams_/session_start_info", plugin_data_pb2.HParamsPluginData(session_start_info=info))


def trial_end_summary(trial: Trial, end: float) -> summary_pb2.Summary | None:
    """Returns the end of a trial, or None while it is running."""
    if trial.status not in STATUSES:
        return None
    info = plugin_data_pb2.SessionEndInfo(status=STATUSES[trial.status], end_time_secs=end)
    return _summary("_hparams_/session_end_info", plugin_data_pb2.HParamsPluginData(session_end_info=info))


def _parameter(name: str, choices: Sequence[Any] | None) -> api_pb2.HParamInfo:
    kind = _kind(choices)
    info = api_pb2.HParamInfo(name=name, type=DATA_TYPES[kind])
    for choice in choices or ():
        if choice is not None:
            info.domain_discrete.values.add(**{VALUE_FIELDS[kind]: str(choice) if kind is str else _plain(choice)})
    return info


DATA_TYPES: Mapping[type, int] = {
    bool: api_pb2.DATA_TYPE_BOOL,
    float: api_pb2.DATA_TYPE_FLOAT64,
    str: api_pb2.DATA_TYPE_STRING,
}
VALUE_FIELDS: Mapping[type, str] = {bool: "bool_value", float: "number_value", str: "string_value"}


def _kind(choices: Sequence[Any] | None) -> type:
    """The one type that holds all choices: bool, float, or else text. None, a range, is always one of numbers."""
    if choices is None:
        return float
    kinds = {type(_plain(choice)) for choice in choices if choice is not None}
    return kinds.pop() if len(kinds) == 1 else str


def _plain(value: Any) -> bool | float | str:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, Real) and math.isfinite(value):
        return float(value)
    return str(value)


def _summary(tag: str, content: plugin_data_pb2.HParamsPluginData) -> summary_pb2.Summary:
    metadata = summary_pb2.SummaryMetadata(
        plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="hparams", content=content.SerializeToString()),
        data_class=summary_pb2.DATA_CLASS_TENSOR,
    )
    shape = tensor_shape_pb2.TensorShapeProto(dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=0)])
    nothing = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=shape)  # all that matters is in the metadata
    return summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, tensor=nothing, metadata=metadata)])
