import itertools
import re
from html.parser import HTMLParser

import pytest
from sample_report import HEALTHY, LAYERS, sample_leaderboard, sample_report, sample_run, series

from keras_tips.records import Diagnosis, Finding, Leaderboard, Run, Trial
from keras_tips.report.content import Report, ReportedRun
from keras_tips.report.page import render_page, write_page

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """What a page is made of. Complains about a tag that is never closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.headings, self.words, self._open = [], [], [], [], []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def full():
    return render_page(sample_report())


def test_the_story_stands_first(full):
    text = Page(full[full.index("<body>") :].replace("</html>", "")).text
    assert text.startswith("Handwritten digits The test accuracy rose from 10.3 % to 98.1 %.")
    for heading in ("What was wrong", "What was done", "What came out"):
        assert heading in text
    assert "relu activation, he initialization" in text


def test_the_diagnosis_is_complete(full):
    text = Page(full).text
    for part in (
        "1 critical finding and 1 warning. Root cause: vanishing gradient.",
        "critical, 97 % sure",
        "31 million",
        "dense_1, dense_2, dense_3",
        "3.2e-08",
        "keras-tips explain relu_activation",
        "a consequence of vanishing gradient",
        "the training result is not good yet",
        "keras-tips board runs/demo",
        "below the median",
    ):
        assert part in text


def test_nothing_is_loaded_and_nothing_can_run(full):
    page = Page(full)
    assert not {"script", "link", "iframe", "img", "object", "embed", "base"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not {"src", "srcset", "action", "formaction"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "#").startswith("#")
        assert attributes.get("xlink:href", "#").startswith("#")
    assert "http://" not in full
    assert "https://" not in full
    assert "@import" not in full
    policies = [attributes["content"] for _, attributes in page.tags if "http-equiv" in attributes]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_every_picture_has_words_and_every_id_is_one(full):
    page = Page(full)
    pictures = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(pictures) == 8  # gradients, two runs, the search; each for wide and narrow pages
    for attributes in pictures:
        assert set(attributes["aria-labelledby"].split()) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_headings_skip_no_level(full):
    headings = Page(full).headings
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(headings))


def test_pictures_have_their_numbers_as_tables(full):
    page = Page(full)
    assert sum(tag == "caption" for tag, _ in page.tags) == 4
    assert all(f'<th scope="row">{layer}</th>' in full for layer in LAYERS)


def test_text_from_outside_stays_text():
    evil = "<script>alert(1)</script>"
    finding = Finding(
        "dead_units",
        "warning",
        "training",
        evil,
        layers=(evil, '"><img src=x onerror=alert(2)>'),
        evidence={evil: 1.0},
        tips=(evil,),
    )
    diagnosis = Diagnosis((finding,), stage="training", not_examined=((evil, evil),))
    trials = (Trial(evil, "completed", 0.5, {evil: evil}, 1, evil),)
    run = ReportedRun(evil, sample_run(True, (evil, "b")), diagnosis, (evil,))
    page = render_page(Report(evil, (run,), Leaderboard(trials, evil), {evil: {evil: 0.5}}, (evil,), evil))
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    Page(page)


@pytest.mark.parametrize(
    "report",
    [
        Report("empty"),
        Report("one run", (ReportedRun("only", sample_run(vanishing=True)),)),
        Report("one diagnosis", (ReportedRun("only", Run(), HEALTHY),)),
        Report("only a search", leaderboard=sample_leaderboard()),
        Report("a search that failed", leaderboard=Leaderboard((Trial("0", "failed"),))),
        Report("only results", results={"a": {"test loss": 1.0}, "b": {"other": 2.0}}),
        Report("nothing to draw", (ReportedRun("a", Run((series("x", ["elsewhere"], [0], [[1.0]]),))),)),
    ],
    ids=lambda report: report.title,
)
def test_parts_that_are_missing_are_left_out(report):
    page = Page(render_page(report))
    assert page.headings[0] == 1
    assert "None" not in page.text
    assert ("The search" in page.text) == (report.leaderboard is not None)
    assert "What was wrong" not in page.text
    assert "TensorBoard" not in page.text


def test_two_runs_of_one_name_are_refused():
    with pytest.raises(ValueError, match="different names"):
        Report("twins", (ReportedRun("a"), ReportedRun("a")))


def test_runs_whose_names_differ_in_signs_only_have_their_own_pictures():
    runs = tuple(ReportedRun(name, sample_run(vanishing=False)) for name in ("a/b", "ab", "a-b"))
    page = Page(render_page(Report("signs", runs)))
    assert len(page.ids) == len(set(page.ids))


def test_same_report_same_bytes(full, tmp_path):
    path = write_page(sample_report(), tmp_path / "deep" / "report.html")
    assert path.read_text(encoding="utf-8") == full


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_fits_is_quiet_and_asks_nobody(browser, tmp_path, full, width, colours):
    path = tmp_path / "report.html"
    path.write_text(full, encoding="utf-8")
    browser.resize(width, 900)
    browser.set_media(colours)
    browser.open(path.as_uri())
    assert browser.complaints == []
    assert browser.requests == [path.as_uri()]
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    shown = "getComputedStyle(document.querySelector('{}')).display"
    assert browser.evaluate(shown.format(".wide")) == ("block" if width > 704 else "none")
    assert browser.evaluate(shown.format(".narrow")) == ("none" if width > 704 else "block")
    ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(255, 255, 255)" if colours == "light" else "rgb(18, 23, 29)")
    assert browser.evaluate(TOO_FAINT) == []


# The words of the page whose contrast with the ground is below 4.5 to 1.
TOO_FAINT = """(() => {
  const light = (colour) => {
    const parts = colour.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = light(getComputedStyle(document.body).backgroundColor);
  const words = document.querySelectorAll('p, h1, h2, h3, h4, li, td, th, dt, dd, summary, figcaption, .measure');
  const faint = [...words].filter((node) => {
    const ink = light(getComputedStyle(node).color);
    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05) < 4.5;
  });
  return faint.map((node) => node.outerHTML.slice(0, 80));
})()"""
