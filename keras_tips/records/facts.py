"""What the facts of a `Run` are called and what each holds: the contract between those who measure and the rules.

| fact | value |
| --- | --- |
| `"model"` | `ModelFact` |
| `"layers"` | list of `LayerFact`, in the order in which data passes them, nested models flattened |
| `"outputs"` | list of `OutputFact`, one per output |
| `"optimizer"` | `OptimizerFact` |
| `"inputs"` | list of `InputFact`, one per input, over all training rows that were looked at |
| `"targets"` | list of `TargetFact`, one per output |
| `"validation_inputs"`, `"validation_targets"` | likewise, over the validation rows that were looked at |
| `"split"` | `SplitFact` |
| `"fit"` | `FitFact` |
"""

from typing import TypedDict

__all__ = ["FitFact", "InputFact", "LayerFact", "ModelFact", "OptimizerFact", "OutputFact", "SplitFact", "TargetFact"]


class ModelFact(TypedDict):
    """The model as a whole."""

    name: str
    backend: str
    parameters: int
    keras: str


class LayerFact(TypedDict):
    """One layer."""

    name: str
    kind: str  # class name, such as "Dense"
    activation: str | None  # "linear", "relu", "softmax", ...; None where the layer has none
    units: int | None  # width of the output's last axis
    parameters: int
    trainable: bool
    variables: list[str]  # paths of its trainable variables
    output: bool  # its result is an output of the model


class OutputFact(TypedDict):
    """One output: which layer ends it, and which loss it meets."""

    name: str
    layer: str
    activation: str | None  # the last activation, also where a layer of its own applies it
    units: int | None
    loss: str | None  # snake_case, "sparse_categorical_crossentropy"; None where it has none of its own
    from_logits: bool | None  # None where the loss has no such argument


class OptimizerFact(TypedDict):
    """The optimizer when `fit` began."""

    name: str
    learning_rate: float | None  # None where a schedule sets it


class InputFact(TypedDict):
    """One input of the training data, from `rows` of its rows. Features are the last axis; other axes are pooled."""

    name: str
    rows: int
    shape: list[int]  # of one row
    integer: bool  # holds whole numbers only, such as tokens or raw pixels
    embedded: bool  # goes into an embedding: whole numbers are names there, not amounts
    non_finite: int  # how many entries are NaN or infinite
    minimum: float
    maximum: float
    mean: float
    deviation: float
    feature_mean: list[float]  # per feature; at most 4096 of them
    feature_deviation: list[float]


class TargetFact(TypedDict):
    """One target of the training data."""

    name: str
    rows: int
    width: int  # entries per row; 1 for class numbers and for single values
    integer: bool  # whole numbers only
    non_finite: int
    minimum: float
    maximum: float
    mean: float
    deviation: float
    one_hot: bool  # every row is one 1 among 0s
    zero_one: bool  # only 0 and 1 occur
    rows_sum_to_one: bool  # every row is a distribution over classes
    classes: int | None  # how many different classes were seen, where the targets can be classes
    class_counts: dict[str, int]  # rows of each class, most first, at most 1000 of them; empty without classes
    repeats: float | None  # share of the rows, in the order seen, whose class is that of the row before; None without classes


class SplitFact(TypedDict):
    """How training and validation rows lie to each other, among those that were looked at."""

    training_rows: int
    validation_rows: int
    shared_rows: int  # validation rows whose inputs are, bit for bit, those of a training row


class FitFact(TypedDict):
    """The call of `fit`."""

    epochs: int | None
    steps: int | None  # per epoch
    batch_size: int | None
    validation: bool
