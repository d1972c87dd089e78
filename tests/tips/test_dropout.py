from plain_models import dense, experiment, layer, layers_of

from keras_tips.tips import get

dropout = get("dropout")


def kinds(changed):
    return [each["class_name"] for each in layers_of(changed)]


def test_behind_activation_and_normalization():
    given = experiment(dense("a", "linear"), layer("ReLU", "r"), layer("BatchNormalization", "n"), dense("b"), dense("out"))
    changed = dropout.apply(given, rate=0.25)
    assert kinds(changed) == ["Dense", "ReLU", "BatchNormalization", "Dropout", "Dense", "Dropout", "Dense"]
    assert layers_of(changed)[3]["config"] == {"name": "a_dropout", "rate": 0.25}


def test_not_twice_not_at_the_output_and_not_behind_convolutions():
    given = experiment(
        layer("Conv2D", "c", activation="relu"), layer("Flatten", "f"), dense("a"), layer("AlphaDropout", "d"), dense("out")
    )
    assert dropout.apply(given) == given


def test_linear_layers_get_none():
    given = experiment(dense("a", "linear"), dense("out"))
    assert dropout.apply(given) == given
