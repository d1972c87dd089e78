import numpy as np
import pytest
from doctor_runs import INF, NAN, losses, run, series
from small_training import trained

from keras_tips.doctor.loss_pace import LossPace, loss_pace
from keras_tips.records.record import Record


def pace(values):
    return loss_pace(run(losses(values)))


def test_a_straight_line_keeps_its_pace_and_promises_as_much_again():
    line = pace(np.linspace(2.0, 1.0, 11))
    assert (line.first, line.second, line.kept) == (pytest.approx(0.5), pytest.approx(0.5), pytest.approx(1.0))
    assert (line.forecast, line.noise) == (pytest.approx(1.0), pytest.approx(0.0, abs=1e-9))


@pytest.mark.parametrize("epochs", [5, 9, 41])
def test_a_decay_is_carried_on(epochs):
    """Of exp(-t) for t up to 2, another 2 bring exp(-2) - exp(-4)."""
    decay = np.exp(-np.linspace(0, 2, epochs))
    assert pace(decay).forecast == pytest.approx(np.exp(-2) - np.exp(-4), rel=0.3)


def test_a_steep_first_epoch_does_not_hide_the_pace_of_the_others():
    assert pace(np.r_[9.0, np.linspace(2.0, 1.0, 11)]).forecast == pytest.approx(1.0, rel=0.2)


@pytest.mark.parametrize("noise, quarters", [(0.02, True), (0.05, False)])
def test_quarters_count_where_they_stand_out_of_the_noise(noise, quarters):
    steep = LossPace(20, first=5.0, second=0.2, end=1.0, noise=noise, third=0.11, fourth=0.09)
    halves = LossPace(20, first=5.0, second=0.2, end=1.0, noise=noise)
    assert (steep.kept > halves.kept) is quarters
    assert (steep.forecast > halves.forecast) is quarters


@pytest.mark.parametrize("epochs, told", [(7, False), (8, True)])
def test_quarters_of_a_few_epochs_tell_nothing(epochs, told):
    assert bool(pace(np.linspace(2.0, 1.0, epochs)).fourth) is told


@pytest.mark.parametrize("rise, promises", [(0.03, True), (0.08, False)])
def test_a_little_rise_before_a_run_moves_off_is_forgiven(rise, promises):
    assert bool(LossPace(5, first=-rise, second=0.5, end=1.0, noise=0.0).forecast) is promises


def test_what_rests_promises_nothing():
    assert pace([1.0, 0.5, 0.5, 0.5, 0.5]).forecast == 0
    assert pace([0.5, 0.7, 1.0, 0.9, 0.8]).forecast == 0, "what falls had gone up before"
    assert LossPace(5, 0.0, 0.0, 1.0, 0.0).kept == 0


def test_one_lucky_epoch_at_the_end_is_no_fall():
    assert pace(np.r_[np.full(15, 1.0), 0.2]).second == pytest.approx(0.0)


def test_short_runs_are_told_by_their_batches():
    short = loss_pace(trained(epochs=2, rate=0.01, rows=1024))
    assert short.epochs == 0
    assert short.first > short.noise
    assert short.second > 0


def looks(quantity, values):
    return Record(
        "series", {"quantity": quantity, "places": ["train"], "steps": [0, 15], "values": [[value] for value in values]}
    )


def test_looks_before_and_after_tell_it_of_short_runs():
    mean = trained(epochs=2).values("loss", "train").mean()
    short = loss_pace(trained(looks("inference_loss", [2.0, 0.2]), epochs=2))
    assert (short.first, short.second, short.end) == (pytest.approx(2.0 - mean), pytest.approx(mean - 0.2), 0.2)
    assert short.noise == pytest.approx(mean / 10), "of 100 rows"
    both = trained(looks("inference_loss", [2.0, 0.2]), looks("training_mode_loss", [2.0, 0.4]), epochs=2)
    assert loss_pace(both).end == 0.4, "dropout is on while epochs are trained"
    penalty = series("penalty", "h0", [0.1, 0.1])
    assert loss_pace(trained(looks("inference_loss", [2.0, 0.2]), penalty, epochs=2)) == loss_pace(trained(epochs=2))


def test_is_not_known_of_too_little():
    assert pace([2.0, 1.0]) is None
    assert pace([2.0, 1.0, NAN, INF]) is None
    assert loss_pace(run()) is None


@pytest.mark.parametrize("steps, told", [(7, False), (8, True)])
def test_a_few_batches_do_not_show_their_noise(steps, told):
    """The first eight steps are all recorded."""
    assert (loss_pace(trained(epochs=1, batch=10, rows=10 * steps)) is not None) is told


def test_a_steep_start_does_not_hide_the_pace_at_the_end():
    straight = np.r_[[3.0, 2.5, 2.3, 2.2], 2.2 - 0.03 * np.arange(1, 9)]
    resting = np.r_[[3.0, 2.5, 2.3, 2.2], 2.2 - 0.2 * (1 - 0.3 ** np.arange(1, 9))]
    assert loss_pace(run(losses(straight))).kept > 0.8
    assert loss_pace(run(losses(resting))).kept < 0.2
