import pytest
from plain_models import dense, experiment, functional, layer, layers_of

from keras_tips.records import Experiment
from keras_tips.tips import get

scale_inputs = get("scale_inputs")


def names(changed):
    return [each["config"]["name"] for each in layers_of(changed)]


@pytest.mark.parametrize("first", [[], [layer("InputLayer", "x", batch_shape=[None, 4], dtype="float32")]])
def test_stands_in_front(first):
    changed = scale_inputs.apply(experiment(*first, dense("out")))
    assert names(changed) == [each["config"]["name"] for each in first] + ["scale_inputs", "out"]
    assert changed.adapt == ("scale_inputs",)


@pytest.mark.parametrize("per, axis", [("feature", -1), ("all", None)])
def test_scales_per_feature_or_all_alike(per, axis):
    changed = scale_inputs.apply(experiment(dense("out")), per=per)
    assert layers_of(changed)[0]["config"]["axis"] == axis


@pytest.mark.parametrize("kind", ["Normalization", "Rescaling", "BatchNormalization", "MinMaxScaling", "PCAWhitening"])
def test_not_where_inputs_are_scaled_already(kind):
    given = experiment(layer("InputLayer", "x", dtype="float32"), layer(kind, "scaled"), dense("out"))
    assert scale_inputs.apply(given) == given


def test_not_before_a_nested_model_that_scales():
    inner = {"class_name": "Sequential", "config": {"name": "inner", "layers": [layer("Rescaling", "scaled")]}}
    given = experiment(inner, dense("out"))
    assert scale_inputs.apply(given) == given


@pytest.mark.parametrize("first", [[], [layer("InputLayer", "x", dtype="int32")]])
def test_refuses_tokens(first):
    with pytest.raises(ValueError, match=r"Invalid `experiment`.*amounts.*'words'.*leave this tip out"):
        scale_inputs.apply(experiment(*first, layer("Embedding", "words"), dense("out")))


def test_a_name_that_is_taken_is_not_used_again():
    given = experiment(dense("scale_inputs"), dense("out"))
    assert scale_inputs.apply(given).adapt == ("scale_inputs_1",)


def two_inputs(reader):
    return functional(
        (layer("InputLayer", "amounts", batch_shape=[None, 4], dtype="float32"), []),
        (layer("InputLayer", "tokens", batch_shape=[None, 9], dtype="int32"), []),
        (layer(reader, "read"), ["tokens"]),
        (layer("Concatenate", "both"), ["amounts", "read"]),
        (dense("out"), ["both"]),
        outputs=["out"],
    )


def test_scales_amounts_and_leaves_tokens():
    changed = scale_inputs.apply(Experiment(two_inputs("Embedding"), {}))
    assert changed.adapt == ("scale_inputs",)
    by_name = {each["config"]["name"]: each for each in layers_of(changed)}
    history = [part["config"]["keras_history"][0] for part in by_name["both"]["inbound_nodes"][0]["args"][0]]
    assert history == ["scale_inputs", "read"]
    assert by_name["scale_inputs"]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] == ["amounts", 0, 0]


def test_two_inputs_of_amounts_get_a_scaling_each():
    changed = scale_inputs.apply(Experiment(two_inputs("Dense"), {}))
    assert changed.adapt == ("scale_amounts", "scale_tokens")


def test_refuses_other_axes():
    with pytest.raises(ValueError, match=r"Invalid `per`.*'feature', 'all'"):
        scale_inputs.apply(experiment(dense("out")), per="row")
