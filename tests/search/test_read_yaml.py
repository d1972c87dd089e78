import pytest

from keras_tips.search.read_yaml import read_yaml


def read(tmp_path, text):
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path)


@pytest.mark.parametrize(
    "text, value",
    [
        ("1e-3", 0.001),
        ("1.0e-3", 0.001),
        (".5", 0.5),
        ("2.", 2.0),
        ("-3", -3),
        ("010", 10),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("on", "on"),
        ("no", "no"),
        ("2020-01-01", "2020-01-01"),
        ("true", True),
        ("False", False),
        ("'true'", "true"),
        ("'3'", "3"),
        ("null", None),
        ("", None),
        (".nan", ".nan"),
        ("[1, a]", [1, "a"]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
    ],
)
def test_reads_what_a_person_means(tmp_path, text, value):
    content = read(tmp_path, f"key: {text}").content["key"]
    assert content == value
    assert type(content) is type(value)


def test_knows_the_lines(tmp_path):
    file = read(tmp_path, "a: 1\nb:\n  - x\n  - y: 2\n")
    assert {place: file.line(place) for place in [("a",), ("b", 0), ("b", 1, "y"), ("b", 1, "unknown"), ()]} == {
        ("a",): 1,
        ("b", 0): 3,
        ("b", 1, "y"): 4,
        ("b", 1, "unknown"): 4,
        (): 1,
    }


@pytest.mark.parametrize(
    "text, message",
    [
        ("a: 1\na: 2\n", r"line 2\. Expected each key once\. Received the key `a` twice\. It stands on line 1"),
        ("a: {b: 1, b: 2}", r"line 1.*`a\.b` twice"),
        ("a: &x 1\nb: *x\n", r"line 2\. Expected plain values\. Received the alias \*x"),
        ("a: &x [*x]", r"the alias \*x"),
        ("a: !!python/object/apply:os.getcwd []", r"line 1.*the tag"),
        ("a: !!int '3'", r"line 1.*the tag"),
        ("? [a]\n: 1", r"line 1.*Expected a key that is a word"),
        ("a: [1, 2", r"line \d.*Expected YAML"),
        ("a: 1\n---\nb: 2\n", "Expected YAML"),
        ("\ta: 1", r"line 1.*Expected YAML"),
        (b"\xff\xfe\xfa", "UTF-8"),
        ("a: \x00", "Expected YAML"),
        ("a: " + "[" * 30 + "]" * 30, "at most 20 levels"),
        ("[" * 5000 + "]" * 5000, "levels of nesting"),
    ],
)
def test_refuses(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text)


def test_names_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"No config at .*nowhere\.yaml"):
        read_yaml(tmp_path / "nowhere.yaml")
    with pytest.raises(ValueError, match="Received a folder"):
        read_yaml(tmp_path)
    with pytest.raises(ValueError, match="Invalid `path`"):
        read_yaml(3)
