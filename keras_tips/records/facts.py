"""What the facts of a `Run` are called and what each holds: the contract between those who measure and the rules.

| fact | value |
| --- | --- |
| `"model"` | `ModelFact` |
| `"layers"` | list of `LayerFact`, in the order in which data passes them, nested models flattened |
| `"left_out"` | list of paths of layers that no step handed to the optimizer and that stayed what they were; often absent |
| `"outputs"` | list of `OutputFact`, one per output |
| `"optimizer"` | `OptimizerFact` |
| `"inputs"` | list of `InputFact`, one per input, over all training rows that were looked at |
| `"targets"` | list of `TargetFact`, one per output |
| `"validation_inputs"`, `"validation_targets"` | likewise, over the validation rows that were looked at |
| `"split"` | `SplitFact` |
| `"relabelled"` | `RelabelledFact`, of a few batches after the first epoch |
| `"references"` | list of `ReferenceFact`, one per output whose targets are class numbers, one-hot rows or numbers |
| `"one_batch"` | `OneBatchFact`, only where it was needed to settle an open answer |
| `"critical_point"` | `CriticalPointFact`, only where training had stopped short of a good result |
| `"time_reach"` | `TimeReachFact`, only where too little was learned of long sequences of numbers |
| `"fit"` | `FitFact` |

Next to the series of probes stand those of looks: now and then (before the first step, after epochs 4, 16, 64, ... and when
`fit` ends) the network is run on rows that were kept, and nothing is changed by it. Their step is that of the last training
step before, or 0. Inference means dropout off and moving statistics in use, as `predict` does it.

Of a split, `"train"` or `"validation"`:

- `inference_loss`: loss of its rows at inference without penalties, from the outputs as `predict` gives them: also where
  Keras finds the logits behind a softmax while it trains.
- `training_mode_loss`: the same loss in training mode, with dropout, augmentation and batch statistics on.

Of an output, by its name:

- `training_score`, `validation_score`: at inference; accuracy for classes (per label where there are several), R² for numbers.
- `training_mode_score`: of the same training rows in training mode.
- `worst_recall`: share recognized of the class that is recognized worst, of classes with 5 rows or more; of labels, as of the
  pixels of a mask, share of the ones, or of the zeros.
- `top_prediction_share`: share of the rows that get the most frequent prediction; classes only.
- `probability_error`: how far the outputs of the worst row are from probabilities: of their sum from 1, or of one below 0.
- `cross_entropy`: of outputs that are probabilities of classes; `cross_entropy_as_logits`: what it would be of logits of the
  same values, as a loss that squashes them once more has it.
- `prediction_spread`: deviation of the predictions over the rows, over that of the targets; numbers only.
- `prediction_correlation`: of predictions and targets, each less its mean over the rows; numbers and labels only.

Of a layer, by its path:

- `activation_mean`, `activation_deviation`: of all its outputs at inference.
- `activation_zeros`: share of outputs that are exactly 0; `silent_units`: share of units that are 0 for every row.
- `activation_saturation`: share near a border of a saturating activation.
- `activation_variation`: deviation over the rows, averaged over positions, over the root mean square of all outputs: 0 where
  the outputs do not depend on the input.
- `mode_shift`: distance between a unit's mean output in training mode and at inference, averaged over units, over the
  deviation at inference.
- `mode_gain`: root mean square of the outputs in training mode over that at inference.
- `penalty`: what it adds to the loss, by its regularizers or by `add_loss`.
- `linear_score`: what a linear readout of its outputs, fitted on one half of the rows by ridge regression, scores on the other
  half; at the last look only.
"""

from typing import Any, TypedDict

__all__ = ["CriticalPointFact", "FitFact", "InputFact", "LayerFact", "ModelFact", "OneBatchFact", "OptimizerFact", "OutputFact"]
__all__ += ["ADDED", "ReferenceFact", "RelabelledFact", "SplitFact", "TargetFact", "TimeReachFact"]


class ModelFact(TypedDict):
    """The model as a whole."""

    name: str
    backend: str
    parameters: int
    keras: str
    metrics: list[str]  # that `compile` was given, snake_case: "accuracy", "mean_absolute_error"


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
    path: str  # place of its series; its name where Keras gives it no path
    inbound: list[str]  # names of the layers that it reads; empty where it reads an input, or nobody knows
    rate: float | None  # of a dropout layer, or the standard deviation of a noise layer
    momentum: float | None  # of a batch normalization
    fan_in: int | None  # of the kernel
    fan_out: int | None
    frozen: int  # entries of weights that gradients could train, and that are set not to be
    fresh: bool | None  # whether kernel or embeddings are as their initializer draws them; None where that cannot be told
    identical_units: bool  # all units of the kernel start alike; False where there is only one
    kernel_deviation: float | None  # of the kernel's entries when `fit` began
    bias_mean: float | None  # of the bias's entries when `fit` began
    regularized: list[str]  # which of "kernel", "bias", "recurrent", "scale", "activity" have a regularizer


class OutputFact(TypedDict):
    """One output: which layer ends it, and which loss it meets."""

    name: str
    layer: str
    activation: str | None  # the last activation, also where a layer of its own applies it
    units: int | None
    loss: str | None  # snake_case, "sparse_categorical_crossentropy"; None where it has none of its own
    from_logits: bool | None  # None where the loss has no such argument
    reduction: str | None  # "sum_over_batch_size", "sum", "mean", ...; None where it is not known
    softmax_axis: int | None  # along which a last softmax adds up to 1, if that is not the axis of the units


class OptimizerFact(TypedDict):
    """The optimizer when `fit` began."""

    name: str
    learning_rate: float | None  # None where a schedule sets it
    schedule: str | None  # class name of the schedule that sets the learning rate
    epsilon: float | None  # what keeps it from dividing by zero; None where it has none
    momentum: float | None  # momentum or beta_1; None where it has none
    weight_decay: float | None
    clips: bool  # gradients


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
    constant_losses: dict[str, float]  # name of a loss -> what it is if each unit of the output always says its best constant


class SplitFact(TypedDict):
    """How training and validation rows lie to each other, among those that were looked at."""

    training_rows: int
    validation_rows: int
    shared_rows: int  # validation rows whose inputs are, bit for bit, those of a training row
    distinct_rows: int | None  # how many different rows the training rows are, at least


class ReferenceFact(TypedDict):
    """What simple predictors make of the kept rows of one output.

    A score is the accuracy for classes (the largest probability, or the sign, decides), and R² for numbers: 1 - squared error
    over the variance. One half of the kept training rows is fitted, the other half held out.
    """

    name: str
    kind: str  # "classes" or "numbers"
    rows: int  # that were fitted
    constant: float  # score of the best constant on the held-out half
    deviation: float  # standard error of a score on the held-out half at the level of the constant
    linear: float  # a linear readout of the raw inputs, by ridge regression: on the rows it was fitted to
    linear_held_out: float  # on the held-out half
    neighbours_held_out: float  # the five nearest neighbours among the fitted rows
    validation_rows: int  # 0 without validation
    constant_validation: float | None
    linear_validation: float | None
    neighbours_validation: float | None
    # The better of both, fitted to one half of the validation rows, on the other half; only where training rows tell little.
    within_validation: float | None


class RelabelledFact(TypedDict):
    """Rows of later epochs that are, bit for bit, rows of the first."""

    rows: int  # how many were met again
    changed: int  # how many of these had another target than before
    ambiguous: int  # rows of the first epoch that had several targets there; they are left out
    known: int | None  # rows of the first epoch that were kept
    asked: int | None  # rows of later epochs that were looked for among them


class OneBatchFact(TypedDict):
    """A copy of the model, from its initial weights, trained on one batch alone."""

    rows: int
    steps: int
    first_loss: float
    last_loss: float
    score: float | None  # accuracy or R² of the first output after it
    constant: float | None  # score of the best constant on these rows


class CriticalPointFact(TypedDict):
    """Where training had stopped, over the kept rows: gradient and curvature of the loss."""

    loss: float
    gradient_norm: float
    weight_norm: float
    largest_curvature: float  # extreme eigenvalues of the Hessian
    smallest_curvature: float


class TimeReachFact(TypedDict):
    """How far the first half of a sequence reaches in a recurrent layer of a network that learned nothing."""

    layer: str  # its name
    steps: int  # of the sequence
    reach: float  # how far another first half moves what the layer gives at the end, in its deviations over the rows; at most 1
    whole: float  # what a linear readout of all steps scores on rows it was not fitted to
    late: float  # one of the second half of the steps
    constant: float  # and a constant


class FitFact(TypedDict):
    """The call of `fit`."""

    epochs: int | None
    steps: int | None  # per epoch
    batch_size: int | None
    validation: bool
    weighted: bool | None  # whether rows have weights that differ, from sample or class weights; None where it was not seen


# What entries are where a run was stored before they were written down: fact -> key -> what stands for "not known".
ADDED: dict[str, dict[str, Any]] = {
    "model": {"metrics": []},
    "layers": {
        **dict.fromkeys(("rate", "momentum", "fan_in", "fan_out", "fresh", "kernel_deviation", "bias_mean")),
        "path": "",
        "inbound": [],
        "frozen": 0,
        "identical_units": False,
        "regularized": [],
    },
    "outputs": {"reduction": None, "softmax_axis": None},
    "optimizer": {**dict.fromkeys(("schedule", "epsilon", "momentum", "weight_decay")), "clips": False},
    "targets": {"class_counts": {}, "repeats": None, "constant_losses": {}},
    "validation_targets": {"constant_losses": {}},
    "fit": {"weighted": None},
    "one_batch": {"constant": None},
    "references": {"within_validation": None},
    "split": {"distinct_rows": None},
    "relabelled": {"known": None, "asked": None},
}
