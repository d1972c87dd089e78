from sick_experiments import with_optimizer

from keras_tips.tips import get

clip_gradients = get("clip_gradients")


def test_takes_the_place_of_other_clipping():
    changed = clip_gradients.apply(with_optimizer("SGD", clipnorm=5.0, clipvalue=0.5), norm=2.0)
    assert changed.compile["optimizer"]["config"] == {"clipnorm": None, "clipvalue": None, "global_clipnorm": 2.0}
