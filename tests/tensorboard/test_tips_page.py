"""What a person sees in TensorBoard."""

import pytest
from chromium import DEEP_TEXT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "document.querySelector('iframe').contentDocument"


def opened(browser, address, tab):
    browser.resize(1280, 1000)
    browser.set_media("light")
    browser.open(f"{address}#{tab}")
    return browser


def test_the_tips_page_shows_the_diagnosis_of_the_chosen_run(browser, tensorboard):
    opened(browser, tensorboard, "keras_tips").wait_for(f"{PAGE}.querySelector('table.findings')")
    text = browser.evaluate(f"{PAGE}.body.innerText")
    for part in (
        "1 critical finding and 1 warning. Root cause: vanishing gradient.",
        "✖ critical",
        "97 % sure",
        "31 million",
        "dense_1, dense_2, dense_3",
        "keras-tips explain relu_activation",
        "a consequence of vanishing gradient",
        "Not examined (1)",
        "Judged at step 799.",
    ):
        assert part in text
    assert browser.evaluate(f"[...{PAGE}.querySelectorAll('th')].every((cell) => cell.scope === 'col')")
    assert browser.evaluate(f"[...{PAGE}.querySelector('select').options].map((option) => option.text)") == ["sick", "treated"]
    choose = (
        f"const list = {PAGE}.querySelector('select'); list.value = 'treated/tips'; list.dispatchEvent(new Event('change'))"
    )
    browser.evaluate(f"(() => {{ {choose} }})()")
    browser.wait_for(f"{PAGE}.querySelector('h2.healthy')")
    assert "Healthy: nothing serious was found." in browser.evaluate(f"{PAGE}.body.innerText")
    assert (
        browser.evaluate(f"{PAGE}.querySelector('[role=status]').textContent")
        == "treated: ✔ Healthy: nothing serious was found."
    )


def test_our_page_is_quiet_and_asks_nobody_else(browser, tensorboard):
    opened(browser, tensorboard, "keras_tips").wait_for(f"{PAGE}.querySelector('table.findings')")
    assert [complaint for complaint in browser.complaints if "keras_tips/" in complaint] == []
    assert strangers(browser, tensorboard) == []
    assert any("keras_tips/static/style.css" in address for address in browser.requests)


def test_our_page_is_dark_when_tensorboard_is(browser, tensorboard):
    opened(browser, tensorboard, "keras_tips").wait_for(f"{PAGE}.querySelector('table.findings')")
    ground = f"getComputedStyle({PAGE}.body).backgroundColor"
    browser.wait_for(f"{ground} === 'rgb(255, 255, 255)'")
    browser.evaluate("document.body.classList.add('dark-mode')")
    browser.wait_for(f"{ground} === 'rgb(48, 48, 48)'", seconds=10)
    browser.evaluate("document.body.classList.remove('dark-mode')")


def test_our_page_fits_a_telephone(browser, tensorboard):
    opened(browser, tensorboard, "keras_tips").wait_for(f"{PAGE}.querySelector('table.findings')")
    browser.resize(390, 800)
    assert browser.evaluate(f"{PAGE}.documentElement.scrollWidth") <= 390


def test_reload_asks_again(browser, tensorboard):
    opened(browser, tensorboard, "keras_tips").wait_for(f"{PAGE}.querySelector('table.findings')")
    before = sum("keras_tips/runs" in address for address in browser.requests)
    browser.evaluate("document.querySelector('.reload-button, [aria-label*=eload], app-header-reload button').click()")
    for _ in range(50):
        if sum("keras_tips/runs" in address for address in browser.requests) > before:
            break
        browser.evaluate("new Promise((resume) => setTimeout(resume, 100))")
    assert sum("keras_tips/runs" in address for address in browser.requests) > before


def strangers(browser, tensorboard):
    """Addresses of other servers that were asked."""
    own = (tensorboard.removesuffix("deep/"), "data:", "blob:")
    return [address for address in browser.requests if not address.startswith(own)]


@pytest.mark.parametrize(
    "tab, parts",
    [
        ("timeseries", ["epoch_accuracy", "epoch_loss", "sick/train", "treated/validation"]),
        ("text", ["tips/diagnosis", "sick/tips", "31 million", "keras-tips explain relu_activation"]),
        ("hparams", ["Hyperparameters", "0004", "64.000", "pieces", "val_accuracy"]),
    ],
)
def test_built_in_tabs_show_our_data(browser, tensorboard, tab, parts):
    opened(browser, tensorboard, tab)
    for part in parts:
        browser.wait_for(f"{DEEP_TEXT}.includes({part!r})", seconds=30)
    assert strangers(browser, tensorboard) == []
