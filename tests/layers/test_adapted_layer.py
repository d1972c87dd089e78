"""What holds for each layer that adapts: sources of data, saving, pipelines, precision, errors."""

import copy
import re
import warnings

import keras
import numpy as np
import pytest

from keras_tips.layers import MinMaxScaling, PCAWhitening

pytestmark = [pytest.mark.backend, pytest.mark.parametrize("kind", [MinMaxScaling, PCAWhitening])]


def data(examples=60, features=3, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(examples, features)) @ rng.normal(size=(features, features)) + 5).astype("float32")


def adapted(kind, x, **arguments):
    layer = kind(**arguments)
    layer.adapt(x)
    return layer


def outputs(layer, x):
    return keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(x)))


def model_of(layer, shape=(3,)):
    return keras.Sequential([keras.Input(shape), layer])


def test_learns_the_same_from_an_array_and_from_batches(kind):
    x = data()
    expected = outputs(adapted(kind, x), x)
    generator = ((part, None) for part in np.array_split(x, 7))
    for source in (keras.ops.convert_to_tensor(x), [x[:50], x[50:]], generator, x.tolist()):
        np.testing.assert_allclose(outputs(adapted(kind, source), x), expected, atol=1e-5)


def test_a_second_adapt_starts_afresh(kind):
    x, other = data(), 100 * data(seed=1)
    layer = adapted(kind, other)
    layer.adapt(x)
    np.testing.assert_array_equal(outputs(layer, x), outputs(adapted(kind, x), x))
    assert int(keras.ops.convert_to_numpy(layer.count)) == 60


def test_reads_as_many_steps_as_it_is_told(kind):
    x = data()
    layer = kind()
    layer.adapt((x for _ in range(10**9)), steps=1)
    np.testing.assert_array_equal(outputs(layer, x), outputs(adapted(kind, x), x))


def test_a_compiled_model_sees_what_is_adapted_later(kind):
    x, other = data(), 100 * data(seed=1)
    layer = kind()
    model = model_of(layer)
    for seen in (other, x):
        layer.adapt(seen)
        np.testing.assert_allclose(model.predict(x, verbose=0), outputs(adapted(kind, seen), x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("invert", [False, True])
def test_saved_cloned_and_copied_models_keep_what_was_learned(kind, invert, tmp_path):
    x = data()
    model = model_of(adapted(kind, x, invert=invert))
    before = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    clone, again = keras.models.clone_model(model), model_of(kind(invert=invert))
    clone.set_weights(model.get_weights())
    again.load_weights(tmp_path / "model.weights.h5")
    for other in (keras.models.load_model(tmp_path / "model.keras"), clone, again, copy.deepcopy(model)):
        np.testing.assert_array_equal(other.predict(x, verbose=0), before)


@keras.saving.register_keras_serializable(package="keras_tips_tests")
class ByCall(keras.Model):
    """A model that Keras can only build by calling it."""

    def __init__(self, layer, **arguments):
        super().__init__(**arguments)
        self.layer = layer

    def call(self, inputs):
        return self.layer(inputs)

    def get_config(self):
        return {"layer": keras.saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config["layer"]))


def test_a_model_that_is_built_by_calling_it_keeps_what_was_learned(kind, tmp_path):
    x = data()
    model = ByCall(adapted(kind, x))
    before = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), before)


def test_saving_before_adapt_does_not_count_as_adapting(kind, tmp_path):
    model_of(kind()).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    if keras.backend.backend() == "jax":  # cannot tell a count of 0 that was loaded from any other
        assert np.all(np.isnan(loaded.predict(data(), verbose=0)))
    else:
        with pytest.raises(ValueError, match="has seen no data"):
            loaded.predict(data(), verbose=0)


def test_trains_as_a_part_of_a_model_without_being_trained(kind):
    x = data()
    layer = adapted(kind, x)
    model = keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    before = layer.get_weights()
    model.fit(x, x[:, :1], epochs=2, verbose=0)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert layer.trainable_weights == []


@pytest.mark.parametrize("invert", [False, True])
def test_works_in_tf_data_pipelines_on_every_backend(kind, invert):
    import tensorflow as tf

    x = data()
    layer = adapted(kind, x, invert=invert)
    pipeline = tf.data.Dataset.from_tensor_slices(x).batch(25).map(layer)
    assert all(tf.is_tensor(batch) for batch in pipeline)
    np.testing.assert_allclose(np.concatenate(list(pipeline.as_numpy_iterator())), outputs(layer, x), rtol=1e-5, atol=1e-5)
    for unfit in (kind(), adapted(kind, data(features=2))):
        with pytest.raises(ValueError, match=r"has seen no data|shape"):
            tf.data.Dataset.from_tensor_slices(x).batch(25).map(unfit)


@pytest.mark.parametrize("policy, tolerance", [("mixed_float16", 2e-3), ("mixed_bfloat16", 2e-2), ("float16", 2e-3)])
def test_half_precision_rounds_the_outputs_and_nothing_before(kind, policy, tolerance):
    x = data() + 10000  # float16 has steps of 8 there, bfloat16 of 64
    layer = adapted(kind, x, dtype=policy)
    assert keras.backend.standardize_dtype(layer(x).dtype) == policy.removeprefix("mixed_")
    exact = outputs(adapted(kind, x), x)
    np.testing.assert_allclose(np.asarray(outputs(layer, x), "float32"), exact, rtol=tolerance, atol=tolerance)


def test_whole_numbers_are_data(kind):
    x = np.random.default_rng(0).integers(0, 256, size=(50, 3), dtype="uint8")
    np.testing.assert_allclose(outputs(adapted(kind, x), x), outputs(adapted(kind, x / 1.0), x.astype("float32")), atol=1e-5)


def test_a_layer_that_inverts_takes_the_weights_of_one_that_does_not(kind):
    x = data()
    there = adapted(kind, x)
    back = kind(invert=True)
    back.build((None, 3))
    back.set_weights(there.get_weights())
    both = keras.Sequential([keras.Input((3,)), there, back])
    np.testing.assert_allclose(both.predict(x, verbose=0), x, atol=1e-4)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(there.inverse(there(x))), x, atol=1e-4)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(back.inverse(x)), outputs(there, x), atol=1e-5)


def test_says_that_it_has_seen_no_data(kind):
    x, sentence = data(), re.escape("has seen no data. Call adapt(training_inputs) before the layer is used")
    for use in (kind(), model_of(kind()), lambda x: model_of(kind()).predict(x, verbose=0), kind().inverse):
        with pytest.raises(ValueError, match=sentence):
            use(x)
    model = model_of(kind())
    model.compile(loss="mse")
    with pytest.raises(ValueError, match=sentence):
        model.evaluate(x, x, verbose=0)


@pytest.mark.parametrize("wrong", [data(features=4), data().reshape(-1, 3, 1), data()[:, 0]], ids=["wider", "deeper", "flat"])
def test_refuses_data_of_another_shape(kind, wrong):
    layer = adapted(kind, data())
    sentence = re.escape(f"Expected the shape (None, 3) that the layer was built for. Received: data={wrong.shape}.")
    with pytest.raises(ValueError, match=sentence):
        layer.adapt(wrong)
    with pytest.raises(ValueError, match="Expected the shape"):
        layer.inverse(wrong)
    with pytest.raises(ValueError, match=r"incompatible|ndim"):
        layer(wrong)
    with pytest.raises(ValueError, match=r"axes, as the first|the layer was built for"):
        layer.adapt([data(), wrong])


@pytest.mark.parametrize("value, name", [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_refuses_data_that_are_not_finite_and_stays_as_it_was(kind, value, name):
    x = data()
    layer = adapted(kind, x)
    before = layer.get_weights()
    broken = data(seed=1)
    broken[41, 2] = value
    with pytest.raises(ValueError, match=re.escape(f"Received: data={name}. It is in example 41, column 2.")):
        layer.adapt(np.array_split(broken, 4))
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_refuses_data_without_examples(kind):
    layer, read = adapted(kind, data()), iter([data()])
    layer.adapt(read)
    for empty in (data()[:0], [], read):
        with pytest.raises(ValueError, match="Expected one example or more"):
            layer.adapt(empty)


def test_refuses_numbers_beyond_its_precision(kind):
    with pytest.raises(ValueError, match="float32 can hold"):
        adapted(kind, data().astype("float64") * 1e39)


@pytest.mark.parametrize("invert", [1, None, "yes"])
def test_refuses_bad_arguments(kind, invert):
    with pytest.raises(ValueError, match=re.escape(f"Invalid `invert`. Expected True or False. Received: invert={invert!r}.")):
        kind(invert=invert)


def test_warnings_name_the_line_that_adapts(kind):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        adapted(kind, data() * [1, 0, 1])
    told = [warning for warning in caught if "1 of 3" in str(warning.message)]
    assert [warning.filename for warning in told] == [__file__]
