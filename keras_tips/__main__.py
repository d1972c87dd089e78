"""`python -m keras_tips` is `keras-tips`."""

from keras_tips.cli.main import main

main()
