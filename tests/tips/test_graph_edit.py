import pytest
from plain_models import dense, functional, layer, layers_of, sequential

from keras_tips.records import Experiment
from keras_tips.tips.graph_edit import followers, free_name, in_every_model, inserted, without
from keras_tips.tips.model_plan import ModelPlan


def graph():
    return functional(
        (layer("InputLayer", "x", batch_shape=[None, 4]), []),
        (dense("a"), ["x"]),
        (dense("b"), ["a"]),
        (layer("Add", "sum"), ["a", "b"]),
        outputs=["sum"],
    )


def reads(model):
    """Layer -> the places it reads."""
    found = {}
    for each in model["config"]["layers"]:
        args = each["inbound_nodes"][0]["args"][0] if each["inbound_nodes"] else []
        args = args if isinstance(args, list) else [args]
        found[each["config"]["name"]] = [tensor["config"]["keras_history"] for tensor in args]
    return found


def test_every_reader_reads_what_was_put_behind():
    model = inserted(
        ModelPlan.of(graph()), {"a": [layer("Dropout", "d"), layer("Dropout", "e")], "sum": [layer("ReLU", "end")]}
    )
    expected = {"x": [], "a": [["x", 0, 0]], "d": [["a", 0, 0]], "e": [["d", 0, 0]], "b": [["e", 0, 0]]}
    expected |= {"sum": [["e", 0, 0], ["b", 0, 0]], "end": [["sum", 0, 0]]}
    assert reads(model) == expected
    assert model["config"]["output_layers"] == [["end", 0, 0]]
    assert reads(graph())["b"] == [["a", 0, 0]]


def test_taking_out_undoes_it():
    model = inserted(
        ModelPlan.of(graph()), {"a": [layer("Dropout", "d"), layer("Dropout", "e")], "sum": [layer("ReLU", "end")]}
    )
    back = without(ModelPlan.of(model), {"d", "e", "end"})
    assert reads(back) == reads(graph())
    assert back["config"]["output_layers"] == graph()["config"]["output_layers"]


def test_outputs_count_the_calls_of_a_nested_model_from_one():
    inner = {**functional((layer("InputLayer", "i"), []), (dense("j"), ["i"]), outputs=["j"])}
    inner["config"]["name"] = "inner"
    model = functional((layer("InputLayer", "x"), []), (inner, ["x"]), outputs=["inner"])
    model["config"]["output_layers"] = ["inner", 1, 0]
    changed = inserted(ModelPlan.of(model), {"inner": [layer("ReLU", "end")]})
    assert reads(changed)["end"] == [["inner", 0, 0]]
    assert changed["config"]["output_layers"] == ["end", 0, 0]
    assert without(ModelPlan.of(changed), {"end"})["config"]["output_layers"] == ["inner", 1, 0]


@pytest.mark.parametrize("outputs", [{"one": ["sum", 0, 0]}, [["sum", 0, 0], ["b", 0, 0]], [[["sum", 0, 0]]]])
def test_outputs_of_any_structure(outputs):
    model = graph()
    model["config"]["output_layers"] = outputs
    changed = inserted(ModelPlan.of(model), {"sum": [layer("ReLU", "end")]})["config"]["output_layers"]
    assert str(changed) == str(outputs).replace("sum", "end")


def test_what_reads_several_layers_or_is_called_twice_stays():
    model = graph()
    assert reads(without(ModelPlan.of(model), {"sum"})) == reads(model)
    model["config"]["layers"][1]["inbound_nodes"] *= 2
    assert reads(inserted(ModelPlan.of(model), {"a": [layer("Dropout", "d")]})) == reads(model)


def test_followers_stand_in_a_row():
    plan = ModelPlan.of(sequential(dense("a"), layer("ReLU", "r"), layer("Dropout", "d"), dense("b"), layer("ReLU", "s")))
    assert [each["config"]["name"] for each in followers(plan.layers[0], plan, {"ReLU", "Dropout"})] == ["r", "d"]
    assert followers(plan.layers[0], plan, {"Dropout"}) == []


def test_only_the_prediction_has_ends():
    seen = {}

    def edit(plan, ends):
        seen[plan.model["config"]["name"]] = set(ends)
        return plan.with_layers(list(plan.layers))

    inside, last = sequential(dense("i"), name="inside"), sequential(dense("e"), dense("f"), name="last")
    given = Experiment(sequential(inside, dense("m"), last), {})
    assert in_every_model(given.model, edit)["config"]["layers"] == layers_of(given)
    assert seen == {"inside": set(), "last": {"f"}, "net": {"last"}}


def test_a_free_name_is_free():
    assert free_name("a", []) == "a"
    assert free_name("a", ["a", "a_1"]) == "a_2"
