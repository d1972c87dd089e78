"""The error that lists all failures."""

from keras_tips.testing import LayerCheckError


def test_lists_one_sentence_for_each_check():
    error = LayerCheckError("Dense", {"config": "First.", "jit": "Second."})
    assert isinstance(error, AssertionError)
    assert str(error).splitlines() == ["Dense fails 2 checks.", "- config: First.", "- jit: Second."]
    assert error.layer == "Dense"
    assert error.failures == {"config": "First.", "jit": "Second."}
