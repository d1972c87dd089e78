"""One file per quantity that is measured for each trainable variable at each recorded step."""
