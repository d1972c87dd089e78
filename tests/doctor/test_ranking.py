from graphlib import TopologicalSorter

from hypothesis import given
from hypothesis import strategies as st

from keras_tips.doctor.catalogue import catalogue
from keras_tips.doctor.ranking import consequences, ranked
from keras_tips.records.finding import Finding


def finding(rule, severity="warning", stage="training", confidence=1.0):
    return Finding(rule, severity, stage, "It is so.", confidence=confidence)


def order(*found, **explains):
    return [each.rule for each in ranked(found, explains)]


def test_the_graph_of_all_rules_has_no_cycle():
    tuple(TopologicalSorter({name: rule.explains for name, rule in catalogue().items()}).static_order())


def test_root_first_though_its_consequence_is_worse():
    assert order(finding("b", "critical"), finding("a"), a=["b"]) == ["a", "b"]


def test_a_root_counts_as_the_worst_it_explains():
    assert order(finding("z"), finding("c"), finding("b", "critical"), z=["b"]) == ["z", "b", "c"]


def test_a_chain_leads_through_what_was_not_found():
    found = [finding("c"), finding("a")]
    assert consequences(found, {"a": ["b"], "b": ["c"]}) == {"a": ("c",)}
    assert [each.rule for each in ranked(found, {"a": ["b"], "b": ["c"]})] == ["a", "c"]


def test_what_two_roots_explain_stands_behind_both():
    assert order(finding("c"), finding("b"), finding("a"), a=["c"], b=["c"]) == ["a", "b", "c"]


def test_ties_fall_by_severity_then_stage_then_confidence():
    found = [finding("a", confidence=0.5), finding("b"), finding("c", stage="setup"), finding("d", "critical")]
    assert order(*found) == ["d", "c", "b", "a"]


def test_a_harmless_remark_explains_nothing_and_comes_last():
    found = [finding("a", "info", "setup"), finding("b")]
    assert order(*found, a=["b"]) == ["b", "a"]
    assert consequences(found, {"a": ["b"]}) == {}


names = st.sampled_from("abcdefg")
findings = st.builds(
    finding,
    names,
    st.sampled_from(["info", "warning", "critical"]),
    st.sampled_from(["setup", "training", "generalization"]),
    st.floats(0, 1),
)
# Letters explain later letters only, so there is no cycle.
graphs = st.dictionaries(names, st.sets(names)).map(lambda g: {a: {b for b in others if b > a} for a, others in g.items()})


@given(st.lists(findings, max_size=8), graphs)
def test_nothing_is_lost_and_no_cause_comes_after_what_it_explains(found, graph):
    listed = ranked(found, graph)
    assert sorted(map(repr, listed)) == sorted(map(repr, found))
    serious = [each.rule for each in listed if each.serious]
    for cause, others in consequences(found, graph).items():
        assert all(serious.index(cause) < serious.index(other) for other in others)
