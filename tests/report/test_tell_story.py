import pytest
from sample_report import HEALTHY, SICK, sample_leaderboard, sample_report

from keras_tips.records import Diagnosis, Finding, Leaderboard, Run, Trial
from keras_tips.report.content import Report, ReportedRun
from keras_tips.report.tell_story import tell_story


def test_all_chapters():
    story = tell_story(sample_report())
    assert story.headline == "The test accuracy rose from 10.3 % to 98.1 %."
    chapters = dict(story.chapters)
    assert chapters["What was wrong"][0].startswith("Vanishing gradient in the run sick. The gradient of dense_1 is 31 million")
    assert chapters["What was wrong"][0].endswith("1 more serious finding beside it.")
    assert chapters["What was done"] == (
        "For the run treated: relu activation, he initialization.",
        "A search of 7 trials, 5 of them completed.",
    )
    assert chapters["What came out"] == (
        "The run treated is healthy: nothing serious was found.",
        "The best trial, 0004, reached a val accuracy of 98.1 % with lr 0.01, units 64, norm no, pieces 2.",
    )


@pytest.mark.parametrize(
    "report, headline",
    [
        (Report("r", results={"a": {"loss": 2.0}, "b": {"loss": 1.0}}), "The loss fell from 2 to 1."),
        (Report("r", results={"a": {"loss": 2.0}}), "The loss is 2."),
        (Report("r", results={"a": {"loss": 2.0, "accuracy": 0.5}, "b": {"loss": 1.0}}), "The loss fell from 2 to 1."),
        (Report("r", results={"a": {"loss": 2.0, "accuracy": 0.5}}), "The accuracy is 50.0 %."),
        (Report("r", (ReportedRun("a", Run(), HEALTHY),)), "Healthy: nothing serious was found."),
        (Report("r", leaderboard=Leaderboard((Trial("0", "failed"),))), "No trial of the search was completed."),
        (Report("r", leaderboard=sample_leaderboard()), "The best trial, 0004, reached a val accuracy of 98.1 % with"),
        (Report("r"), "Nothing has been judged yet."),
    ],
)
def test_the_headline_is_about_what_there_is(report, headline):
    assert tell_story(report).headline.startswith(headline)


def test_remarks_are_nothing_wrong():
    remark = Diagnosis((Finding("inputs_not_scaled", "info", "setup", "m"),))
    assert tell_story(Report("r", (ReportedRun("a", Run(), remark),))).chapters == ()


def test_a_run_that_stays_sick_is_said_to_be():
    story = tell_story(Report("r", (ReportedRun("a", Run(), HEALTHY), ReportedRun("b", Run(), SICK, ("relu",)))))
    assert dict(story.chapters)["What came out"] == (
        "The run b has 1 critical finding and 1 warning. Root cause: vanishing gradient.",
    )


def test_runs_that_have_nothing_to_do_with_each_other_are_no_story():
    story = tell_story(Report("r", (*(ReportedRun(name, Run(), SICK) for name in "ab"), ReportedRun("c", Run(), HEALTHY))))
    assert story.headline == "2 of 3 runs have serious findings."
    ((heading, sentences),) = story.chapters
    assert heading == "What was wrong"
    assert ["run a" in sentences[0], "run b" in sentences[1]] == [True, True]
