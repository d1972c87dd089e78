"""`keras-tips`: puts the commands together and turns errors into one sentence."""

import os
import sys
from collections.abc import Sequence

import typer

from keras_tips.cli.board import board
from keras_tips.cli.demo import demo
from keras_tips.cli.diagnose import diagnose
from keras_tips.cli.explain import explain
from keras_tips.cli.leaderboard import leaderboard
from keras_tips.cli.report import report
from keras_tips.cli.search import search

__all__ = ["main"]

DONE, FAILED, WRONG = 0, 1, 2
INTERRUPTED = 130  # what typer returns after Ctrl-C
STOPPED = "Stopped. What was finished is on disk; the same command goes on from there."

app = typer.Typer(
    name="keras-tips",
    help="The recipe for training deep neural networks: measure, diagnose, treat, search.",
    add_completion=False,
    rich_markup_mode=None,
)
for command in (demo, diagnose, explain, search, leaderboard, report, board):
    app.command()(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command. Exit status: 0 done, 1 the work failed, 2 the command line or a file was wrong."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's remarks on this machine would hide ours
    sys.exit(status_of(sys.argv[1:] if arguments is None else arguments))


def status_of(arguments: Sequence[str]) -> int:
    """Runs a command and returns its exit status; what went wrong goes to standard error as one sentence."""
    try:
        result = app(list(arguments) or ["--help"], prog_name="keras-tips", standalone_mode=False)
        sys.stdout.flush()
    except (typer.Abort, KeyboardInterrupt):
        return say(STOPPED, FAILED)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except typer.TyperException as error:
        return say(f"{sentence(error)} See `keras-tips --help`.", WRONG)
    except (ValueError, OSError) as error:
        return say(sentence(error), WRONG)
    except Exception as error:  # the last door: whoever is behind it wants a sentence, not a traceback
        return say(f"The work failed with {type(error).__name__}: {sentence(error)}", FAILED)
    if result == INTERRUPTED:
        return say(STOPPED, FAILED)
    return result if isinstance(result, int) else DONE


def sentence(error: BaseException) -> str:
    """What an error says, on one line."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.strerror}: {error.filename}."
    format_message = getattr(error, "format_message", None)
    text = format_message() if format_message is not None else str(error)
    return " ".join(text.split())


def say(text: str, status: int) -> int:
    """Prints to standard error and returns `status`."""
    print(f"keras-tips: {text}", file=sys.stderr)
    return status
