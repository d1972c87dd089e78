"""The checks of `check_layer`: one idea, one file, one function of a subject."""
