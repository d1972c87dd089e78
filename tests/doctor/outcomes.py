"""How a training came out, for rules that ask whether a run suffers: a simple predictor scores 0.85, a constant 0.5."""

from doctor_runs import fact, losses, reference, series


def outcome(score, name="out"):
    """A training of five epochs that ended with this accuracy; its loss is so large that it tells nothing."""
    return [*losses([1e3] * 5), fact("references", [reference(name=name)]), series("training_score", name, [0.5, score])]


BAD, GOOD = outcome(0.55), outcome(0.95)
UNSEEN = []
