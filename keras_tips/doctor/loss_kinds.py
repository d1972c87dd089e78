"""Losses and last activations by what they expect and give."""

__all__ = [
    "BINARY",
    "CATEGORICAL",
    "CLASS_NUMBERS",
    "COMPARING",
    "CROSS_ENTROPIES",
    "DISTANCES",
    "DISTRIBUTIONS",
    "HINGES",
    "PROBABILITIES",
]

CLASS_NUMBERS = "sparse_categorical_crossentropy"  # the loss whose targets are class numbers
CATEGORICAL = ("categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_focal_crossentropy")
BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
CROSS_ENTROPIES = (*CATEGORICAL, *BINARY)
HINGES = ("hinge", "squared_hinge", "categorical_hinge")
# Of numbers: how far an output lies from its target.
DISTANCES = (
    *("mean_squared_error", "mean_absolute_error", "mean_squared_logarithmic_error", "mean_absolute_percentage_error"),
    *("huber", "log_cosh"),
)
# All that compare an output with its target entry by entry, so that the targets have to be within reach.
COMPARING = (*BINARY, *DISTANCES, "poisson", "kl_divergence")
DISTRIBUTIONS = ("softmax", "sparsemax", "log_softmax")  # activations whose outputs are one distribution over the units
PROBABILITIES = ("sigmoid", "hard_sigmoid", "softmax", "sparsemax")  # activations that give numbers from 0 to 1
