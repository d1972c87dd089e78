"""A convolution of maxout filters over one spatial axis."""

import keras

from keras_tips.layers.maxout_conv import MaxoutConv

__all__ = ["MaxoutConv1D"]


@keras.saving.register_keras_serializable(package="keras_tips")
class MaxoutConv1D(MaxoutConv):
    """Convolution of sequences whose filters each take the maximum of `pieces` convolutions.

    `outputs[..., f] = max over p of (convolution(inputs, kernel) + bias)[..., f * pieces + p]`

    The convolutional counterpart of `MaxoutDense`: each filter learns its own activation, a convex function made of
    `pieces` linear pieces, at every place the same. Each piece begins like a `keras.layers.Conv1D` of `filters` filters:
    initializers are called once per piece, with the shape of one piece, so that they see its fans.

    Args:
        filters: number of filters, the channels of the output; at least 1.
        kernel_size: length of the window, in steps.
        pieces: convolutions per filter; at least 1, where 1 is an ordinary convolution.
        strides: by how many steps the window moves.
        padding: `"valid"`, `"same"`, or `"causal"`: the output at a step sees no later step.
        data_format: `"channels_last"` or `"channels_first"`. None takes `keras.config.image_data_format()`.
        dilation_rate: distance between the places that a window looks at; not together with strides above 1.
        groups: channels are parted into so many groups, and each is convolved by its own share of the filters. Divides
            `filters` and the inputs' channels.
        activation: applied to the maximum; None, the usual choice, since the maximum is the activation.
        use_bias: whether pieces have biases.
        kernel_initializer: initializer of each piece's kernel, of shape `(*kernel_size, channels // groups, filters)`.
        bias_initializer: initializer of each piece's bias, of shape `(filters,)`.
        kernel_regularizer: regularizer of the whole `kernel`.
        bias_regularizer: regularizer of the whole `bias`.
        activity_regularizer: regularizer of the outputs.
        kernel_constraint: constraint on the whole `kernel`.
        bias_constraint: constraint on the whole `bias`.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`. LoRA and quantization, which
            `keras.layers.Conv1D` has, are not there.

    Input shape:
        `(batch, steps, channels)`, or `(batch, channels, steps)` with channels first. All
        but the channels may be None.

    Output shape:
        `(batch, new_steps, filters)`, or `(batch, filters, new_steps)` with channels first.

    Weights:
        `kernel` of shape `(*kernel_size, channels // groups, filters * pieces)` and `bias` of shape `(filters * pieces,)`.
        The pieces of one filter stand side by side.

    `winners(inputs)` says which piece of each filter wins where.

    Raises:
        ValueError: an argument is invalid; when built, the inputs have another number of axes, channels of unknown number
            or one that `groups` does not divide, or are smaller than the window.

    Example:

    >>> import keras
    >>> from keras_tips.layers import MaxoutConv1D
    >>> layer = MaxoutConv1D(filters=1, kernel_size=2, pieces=2, use_bias=False)
    >>> layer.build((None, 4, 1))
    >>> layer.set_weights([keras.ops.array([[[-1.0, 1.0]], [[1.0, -1.0]]])])  # the difference of neighbours, and its negative
    >>> x = keras.ops.array([[[1.0], [4.0], [2.0], [2.0]]])  # (1, 4, 1)
    >>> print(keras.ops.convert_to_numpy(layer(x))[0, :, 0])  # its size
    [3. 2. 0.]

    Reference:
        Ian Goodfellow, David Warde-Farley, Mehdi Mirza, Aaron Courville, Yoshua Bengio: "Maxout Networks", 2013,
        https://arxiv.org/abs/1302.4389
    """

    rank = 1
