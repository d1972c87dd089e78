"""Light on images: the formula by hand, axes by NumPy, and that labels stay what they are."""

import re

import keras
import numpy as np
import pytest
from harness import check_config_is_whole, check_copies

from keras_tips.layers import PCALighting
from keras_tips.layers.pca_lighting import IMAGENET_AXES, IMAGENET_VARIANCES
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend

AXES = [[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]]


def photographs(*shape, seed=0):
    """Pixels that are far enough from black and white for no shift to be clipped."""
    return np.random.default_rng(seed).uniform(100, 150, shape or (6, 4, 5, 3)).astype("float32")


def lit(layer, x, training=True):
    return keras.ops.convert_to_numpy(layer(x, training=training))


def shifts_of(layer, x):
    return (lit(layer, x) - x)[:, 0, 0]


@pytest.mark.parametrize("training", [True, False])
def test_passes_the_checks_of_every_layer(training):
    # PyTorch exports no drawing of numbers, and only inference is exported.
    skip = ("export",) if training else ()
    check_layer(PCALighting, {"seed": 1}, inputs=photographs(2, 4, 5, 3), call_kwargs={"training": training}, skip=skip)


def test_one_shift_per_image_for_all_its_pixels():
    x = photographs()
    change = lit(PCALighting(seed=1), x) - x
    np.testing.assert_allclose(change, np.broadcast_to(change[:, :1, :1], x.shape), atol=1e-4)
    assert len(np.unique(np.round(change[:, 0, 0, 0], 4))) == len(x)


def test_nothing_changes_where_it_does_not_train():
    x = photographs()
    np.testing.assert_array_equal(lit(PCALighting(), x, training=False), x)
    model = keras.Sequential([keras.Input((4, 5, 3)), PCALighting(scale=5.0)])
    np.testing.assert_array_equal(model.predict(x, verbose=0), x)


def test_the_shift_is_the_papers():
    """Found back from the shifts: the numbers a are normal, of deviation `scale`, and independent."""
    variances = [0.3, 0.1, 0.02]
    layer = PCALighting(scale=0.1, eigenvalues=variances, eigenvectors=AXES, value_range=(0, 1), seed=1)
    shifts = shifts_of(layer, np.full((4000, 1, 1, 3), 0.5, "float32"))
    numbers = shifts @ np.array(AXES) / variances
    np.testing.assert_allclose(numbers.mean(axis=0), 0.0, atol=4 * 0.1 / np.sqrt(4000))
    np.testing.assert_allclose(np.cov(numbers.T), 0.01 * np.eye(3), atol=0.001)
    within = (np.abs(numbers) < 0.1).mean()
    assert 0.66 < within < 0.705  # of a normal distribution, 68 % lie within one deviation


@pytest.mark.parametrize("value_range", [(0, 1), (-1, 1), (0, 255)])
def test_shifts_stretch_with_the_range(value_range):
    low, high = value_range
    unit = np.full((5, 2, 2, 3), 0.5, "float32")
    in_unit = lit(PCALighting(value_range=(0, 1), seed=1), unit)
    stretched = lit(PCALighting(value_range=value_range, seed=1), low + unit * (high - low))
    np.testing.assert_allclose((stretched - low) / (high - low), in_unit, atol=1e-5)


def test_a_typical_shift_of_photographs_is_two_percent_of_the_range():
    shifts = shifts_of(PCALighting(seed=1), np.full((4000, 1, 1, 3), 128.0, "float32"))
    along = shifts @ np.array(IMAGENET_AXES)  # (4000, 3)
    np.testing.assert_allclose(along.std(axis=0) / 255, 0.1 * np.array(IMAGENET_VARIANCES), rtol=0.05)


def test_imagenets_axes_are_orthonormal():
    np.testing.assert_allclose(np.array(IMAGENET_AXES).T @ np.array(IMAGENET_AXES), np.eye(3), atol=2e-4)


def test_values_stay_in_the_range():
    x = np.random.default_rng(0).uniform(0, 255, (8, 4, 5, 3)).astype("float32")
    outputs = lit(PCALighting(scale=3.0, seed=1), x)
    assert outputs.min() == 0.0
    assert outputs.max() == 255.0


def test_channels_first_and_single_images():
    x = photographs()
    last, first = (PCALighting(seed=1, data_format=f"channels_{place}") for place in ("last", "first"))
    np.testing.assert_array_equal(lit(first, np.moveaxis(x, -1, 1)), np.moveaxis(lit(last, x), -1, 1))
    one = lit(PCALighting(seed=1), x[0])
    assert one.shape == x[0].shape
    np.testing.assert_allclose(one - x[0], np.broadcast_to((one - x[0])[:1, :1], one.shape), atol=1e-4)


def test_everything_beside_the_images_passes():
    data = {
        "images": photographs(),
        "labels": np.arange(6),
        "bounding_boxes": {"boxes": np.ones((6, 1, 4)), "labels": np.ones((6, 1))},
        "segmentation_masks": np.ones((6, 4, 5), "uint8"),
    }
    outputs = PCALighting(seed=1)(data, training=True)
    for key in ("labels", "bounding_boxes", "segmentation_masks"):
        assert outputs[key] is data[key]
    assert np.abs(keras.ops.convert_to_numpy(outputs["images"]) - data["images"]).max() > 0


def test_pipelines_light_each_image_on_its_own():
    import tensorflow as tf

    images = [photographs(*shape, seed=seed) for seed, shape in enumerate([(4, 5, 3), (6, 3, 3), (2, 2, 3)])]
    spec = tf.TensorSpec((None, None, 3), "float32")
    dataset = tf.data.Dataset.from_generator(lambda: iter(images), output_signature=spec).map(PCALighting(seed=1))
    changes = [found.numpy() - image for found, image in zip(dataset, images, strict=True)]
    for change in changes:
        np.testing.assert_allclose(change, np.broadcast_to(change[:1, :1], change.shape), atol=1e-4)
    assert len({round(float(change[0, 0, 0]), 3) for change in changes}) == 3


def coloured(count=40, seed=0):
    """Images whose colours vary most along one oblique axis, from 0 to 255."""
    rng = np.random.default_rng(seed)
    colours = rng.normal(size=(count, 7, 9, 3)) * [40, 15, 5] @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return np.clip(colours + 128, 0, 255).astype("float32")


def check_axes(layer, pixels):
    variances, axes = np.linalg.eigh(np.cov(pixels.reshape(-1, 3).T))
    np.testing.assert_allclose(layer.eigenvalues, variances[::-1], rtol=1e-4)
    products = np.array(layer.eigenvectors).T @ axes[:, ::-1]
    np.testing.assert_allclose(np.abs(products), np.eye(3), atol=1e-3)


def test_adapt_finds_the_axes_of_the_pixels():
    images = coloured()
    for layer, given in [
        (PCALighting(), images),
        (PCALighting(), images.round().astype("uint8")),
        (PCALighting(), (images[start : start + 7] for start in range(0, 40, 7))),
        (PCALighting(), list(images)),
        (PCALighting(data_format="channels_first"), np.moveaxis(images, -1, 1)),
        (PCALighting(value_range=(-1, 1)), images / 127.5 - 1),
    ]:
        layer.adapt(given)
        if not isinstance(given, np.ndarray) or given.dtype != "uint8":
            check_axes(layer, images / 255)
        else:
            check_axes(layer, given / 255)


def test_adapt_takes_one_image_as_one_not_as_rows():
    image = coloured(count=2000).reshape(400, 315, 3)  # so large that an array of examples would be read in slices
    for place, given in (("first", np.moveaxis(image, -1, 0)), ("last", image)):
        layer = PCALighting(data_format=f"channels_{place}")
        layer.adapt(given)
        check_axes(layer, image / 255)


def test_adapt_reads_data_sets_with_labels_and_counts_pixels_not_images():
    import tensorflow as tf

    images = coloured()
    layer = PCALighting()
    layer.adapt(tf.data.Dataset.from_tensor_slices((images, np.arange(40))).batch(16))
    check_axes(layer, images / 255)
    parts = [images[0], images[1][:3, :4]]
    layer.adapt(iter(parts))
    check_axes(layer, np.concatenate([part.reshape(-1, 3) for part in parts]) / 255)


def test_shifts_follow_the_axes_that_were_found_also_after_loading(tmp_path):
    images = coloured()
    layer = PCALighting(seed=1)
    layer.adapt(images)
    model = keras.Sequential([keras.Input((7, 9, 3)), layer])
    model.save(tmp_path / "lit.keras")
    loaded = keras.models.load_model(tmp_path / "lit.keras").layers[-1]
    assert loaded.eigenvalues == layer.eigenvalues
    assert loaded.eigenvectors == layer.eigenvectors
    grey = np.full((2000, 1, 1, 3), 128.0, "float32")
    moves = shifts_of(loaded, grey) @ np.array(layer.eigenvectors)
    np.testing.assert_allclose(moves.std(axis=0), 0.1 * 255 * np.array(layer.eigenvalues), rtol=0.08)


def test_the_same_seed_gives_the_same_shifts():
    x = photographs()
    first, again, other = (shifts_of(PCALighting(seed=seed), x) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0


def test_config_and_copies(tmp_path):
    arguments = {
        "scale": 0.2,
        "eigenvalues": [0.3, 0.1, 0.0],
        "eigenvectors": AXES,
        "value_range": [0.0, 1.0],
        "seed": 4,
        "data_format": "channels_first",
    }
    check_config_is_whole(PCALighting(**arguments), arguments)
    check_copies(PCALighting(**arguments), np.moveaxis(photographs(), -1, 1), tmp_path)


def test_no_scale_is_no_light():
    x = photographs()
    np.testing.assert_array_equal(lit(PCALighting(scale=0), x), x)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"scale": -0.1}, "Invalid `scale`. Expected a number in [0, inf). Received: scale=-0.1."),
        ({"scale": float("nan")}, "scale=nan"),
        ({"scale": True}, "scale=True"),
        ({"scale": "0.1"}, "scale='0.1'"),
        ({"value_range": (1, 0)}, "value_range=(1, 0). The first is smaller."),
        ({"value_range": (0, float("nan"))}, "value_range=(0, nan)"),
        ({"value_range": 255}, "value_range=255"),
        ({"value_range": (False, True)}, "value_range=(False, True)"),
        ({"value_range": "ab"}, "value_range='ab'"),
        (
            {"eigenvalues": [1, 0, 0]},
            "Expected them beside the eigenvalues. Received: eigenvectors=None.",
        ),
        ({"eigenvectors": AXES}, "Invalid `eigenvalues`. Expected them beside the eigenvectors."),
        ({"eigenvalues": [0.1, -0.1, 0], "eigenvectors": AXES}, "eigenvalues=[0.1, -0.1, 0]"),
        ({"eigenvalues": [0.1, 0.1], "eigenvectors": AXES}, "eigenvalues=[0.1, 0.1]"),
        ({"eigenvalues": [0.1, None, 0], "eigenvectors": AXES}, "eigenvalues=[0.1, None, 0]"),
        ({"eigenvalues": [14143, 1222, 293], "eigenvectors": AXES}, "Divide those of pixels from 0 to 255 by 255**2."),
        (
            {"eigenvalues": [0.1, 0.1, 0], "eigenvectors": [[1, 0, 0], [0, 2, 0], [0, 0, 1]]},
            "columns of length 1, at right angles",
        ),
        ({"eigenvalues": [0.1, 0.1, 0], "eigenvectors": [[1, 0, 0], [0, 1], [0, 0, 1]]}, "three rows of three numbers"),
        ({"seed": "one"}, "seed='one'"),
        ({"data_format": "first"}, "data_format='first'"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        PCALighting(**arguments)


def test_refuses_images_of_other_channels():
    for call in (
        lambda: PCALighting()(np.zeros((2, 4, 4, 1), "float32")),
        lambda: PCALighting()(keras.Input((4, 4, 1))),
        lambda: PCALighting(data_format="channels_first")(np.zeros((2, 4, 4, 3), "float32")),
        lambda: PCALighting().adapt(np.zeros((2, 4, 4, 4), "float32")),
    ):
        with pytest.raises(ValueError, match="Expected three channels, red, green and blue"):
            call()


@pytest.mark.parametrize(
    "given, sentence",
    [
        (np.full((2, 4, 4, 3), 300.0), "Expected pixels from 0 to 255. Received: data=300.0."),
        (np.full((2, 4, 4, 3), -3.0), "Expected pixels from 0 to 255. Received: data=-3.0."),
        (np.full((2, 4, 4, 3), np.nan), "Expected pixels from 0 to 255. Received: data=nan."),
        (np.zeros((0, 4, 4, 3)), "two pixels or more"),
        (np.zeros((1, 1, 1, 3)), "two pixels or more"),
        (7, "data=7"),
    ],
)
def test_adapt_refuses_other_data(given, sentence):
    layer = PCALighting()
    with pytest.raises(ValueError, match=re.escape(sentence)):
        layer.adapt(given)
    assert layer.eigenvalues is None
