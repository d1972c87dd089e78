"""One remedy per file. `keras_tips.tips.catalogue` finds them by their names."""
