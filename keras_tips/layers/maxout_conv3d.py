"""A convolution of maxout filters over three spatial axes."""

import keras

from keras_tips.layers.maxout_conv import MaxoutConv

__all__ = ["MaxoutConv3D"]


@keras.saving.register_keras_serializable(package="keras_tips")
class MaxoutConv3D(MaxoutConv):
    """Convolution of volumes, or of images in time whose filters each take the maximum of `pieces` convolutions.

    `outputs[..., f] = max over p of (convolution(inputs, kernel) + bias)[..., f * pieces + p]`

    The convolutional counterpart of `MaxoutDense`: each filter learns its own activation, a convex function made of
    `pieces` linear pieces, at every place the same. Each piece begins like a `keras.layers.Conv3D` of `filters` filters:
    initializers are called once per piece, with the shape of one piece, so that they see its fans.

    Args:
        filters: number of filters, the channels of the output; at least 1.
        kernel_size: length of the window along each spatial axis; a whole number, or 3 of them.
        pieces: convolutions per filter; at least 1, where 1 is an ordinary convolution.
        strides: step of the window along each spatial axis; a whole number, or 3 of them.
        padding: `"valid"` or `"same"`.
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
            `keras.layers.Conv3D` has, are not there.

    Input shape:
        `(batch, depth, height, width, channels)`, or `(batch, channels, depth, height, width)` with channels first.
        All but the channels may be None.

    Output shape:
        `(batch, new_depth, new_height, new_width, filters)`, or `(batch, filters, new_depth, new_height, new_width)` with
        channels first.

    Weights:
        `kernel` of shape `(*kernel_size, channels // groups, filters * pieces)` and `bias` of shape `(filters * pieces,)`.
        The pieces of one filter stand side by side.

    `winners(inputs)` says which piece of each filter wins where.

    Raises:
        ValueError: an argument is invalid; when built, the inputs have another number of axes, channels of unknown number
            or one that `groups` does not divide, or are smaller than the window.

    Example:

    >>> import keras
    >>> from keras_tips.layers import MaxoutConv3D
    >>> volumes = keras.Input((16, 32, 32, 1))
    >>> x = MaxoutConv3D(filters=8, kernel_size=(3, 5, 5), pieces=3, strides=(1, 2, 2))(volumes)
    >>> x.shape
    (None, 14, 14, 14, 8)

    Reference:
        Ian Goodfellow, David Warde-Farley, Mehdi Mirza, Aaron Courville, Yoshua Bengio: "Maxout Networks", 2013,
        https://arxiv.org/abs/1302.4389
    """

    rank = 3
