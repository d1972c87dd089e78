"""What dense and convolutional maxout layers share: a linear function per piece, and the maximum over the pieces."""

import abc
from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.layers.max_of_few import max_of_few
from keras_tips.layers.per_piece import per_piece
from keras_tips.layers.resolve import resolve

__all__ = ["MaxoutLayer"]


class MaxoutLayer(keras.layers.Layer, abc.ABC):
    """A layer of maxout units, each the maximum of `pieces` linear functions of the inputs.

    A final layer says what the linear function is: it creates its weights in `build` by `_add_pieces`, computes all pieces
    in `_linear`, and counts its units in `_units`.

    Args:
        pieces: linear functions per unit; at least 1.
        activation: applied to the maximum.
        use_bias: whether pieces have biases.
        kernel_initializer: initializer of each piece's kernel.
        bias_initializer: initializer of each piece's bias.
        kernel_regularizer: regularizer of the whole `kernel`.
        bias_regularizer: regularizer of the whole `bias`.
        activity_regularizer: regularizer of the outputs.
        kernel_constraint: constraint on the whole `kernel`.
        bias_constraint: constraint on the whole `bias`.
        **kwargs: arguments of `keras.layers.Layer`.

    Raises:
        ValueError: an argument is invalid.
    """

    def __init__(
        self,
        pieces: int,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        kernel_constraint: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        pieces = check_integer("pieces", pieces, 1)
        if not isinstance(use_bias, bool):
            raise invalid("use_bias", "True or False", use_bias)
        super().__init__(
            activity_regularizer=resolve("activity_regularizer", activity_regularizer, keras.regularizers), **kwargs
        )
        self.pieces = pieces
        self.activation = resolve("activation", activation, keras.activations)
        self.use_bias = use_bias
        self.kernel_initializer = resolve("kernel_initializer", kernel_initializer, keras.initializers, needed=True)
        self.bias_initializer = resolve("bias_initializer", bias_initializer, keras.initializers, needed=True)
        self.kernel_regularizer = resolve("kernel_regularizer", kernel_regularizer, keras.regularizers)
        self.bias_regularizer = resolve("bias_regularizer", bias_regularizer, keras.regularizers)
        self.kernel_constraint = resolve("kernel_constraint", kernel_constraint, keras.constraints)
        self.bias_constraint = resolve("bias_constraint", bias_constraint, keras.constraints)
        self.bias = None

    @property
    @abc.abstractmethod
    def _units(self) -> int:
        """Number of maxout units."""

    @abc.abstractmethod
    def _linear(self, inputs: Any) -> Any:
        """All pieces of all units, side by side on the channels' axis."""

    def _channel_axis(self, rank: int) -> int:
        """Where the channels are in inputs and outputs of this rank."""
        return rank - 1

    def _add_pieces(self, *fan: int) -> None:
        """Creates `kernel` of shape `(*fan, units * pieces)` and `bias`, each piece initialized by itself."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*fan, self._units * self.pieces),
            initializer=per_piece(self.kernel_initializer, self.pieces),
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self._units * self.pieces,),
                initializer=per_piece(self.bias_initializer, self.pieces),
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def call(self, inputs: Any) -> Any:
        """Returns the maximum of each unit's pieces."""
        return self.activation(max_of_few(*self._split(inputs)))

    def winners(self, inputs: Any) -> Any:
        """Returns which piece of each unit wins: whole numbers from 0 to `pieces - 1`, in the shape of the outputs.

        Where pieces are equal the first one counts. `keras.ops.bincount` of it says how often each piece wins, and so
        which ones never do.
        """
        inputs = ops.convert_to_tensor(inputs, self.compute_dtype)
        if not self.built:
            self.build(tuple(inputs.shape))
        return ops.argmax(*self._split(inputs))

    def _split(self, inputs: Any) -> tuple[Any, int]:
        """All pieces, with an axis of their own, and where that axis is."""
        x = self._linear(inputs)
        axis = self._channel_axis(len(x.shape))
        shape = ops.shape(x)
        return ops.reshape(x, (*shape[:axis], self._units, self.pieces, *shape[axis + 1 :])), axis + 1

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {
            **super().get_config(),
            "pieces": self.pieces,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": keras.regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "bias_constraint": keras.constraints.serialize(self.bias_constraint),
        }
