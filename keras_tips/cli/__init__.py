"""The command line `keras-tips`: one file per command."""
