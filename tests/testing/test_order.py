"""The list of checks: explicit, complete, and told to the reader."""

from pathlib import Path

from keras_tips.testing import check_layer, order


def test_every_file_of_a_check_is_in_the_list():
    files = {path.stem for path in (Path(order.__file__).parent / "checks").glob("*.py")} - {"__init__", "mixed_precision"}
    assert files | {"mixed_float16", "mixed_bfloat16"} == set(order.CHECKS)


def test_the_docstring_and_the_document_name_every_check():
    page = (Path(__file__).resolve().parents[2] / "docs" / "testing.md").read_text()
    for name in order.CHECKS:
        assert f"`{name}`" in check_layer.__doc__, name
        assert f"`{name}`" in page, name
