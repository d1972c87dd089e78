"""`keras-tips diagnose RUN`."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["diagnose"]


def diagnose(
    run: Annotated[Path, typer.Argument(help="A stored run: what Doctor.save or a log_dir wrote.")],
    output: Annotated[str, typer.Option("--format", help='"text" or "json".')] = "text",
) -> None:
    """Says what is wrong with a stored run, and what to try first. Imports no framework."""
    from keras_tips._base.arguments import check_choice
    from keras_tips.callbacks.diagnose import diagnose as diagnose_run
    from keras_tips.records.run_file import load_run

    check_choice("--format", output, ("text", "json"))
    stored = load_run(run)
    diagnosis = diagnose_run(stored)
    if output == "json":
        print(diagnosis.to_json())
        return
    from rich.console import Console

    from keras_tips.report.terminal import diagnosis_text

    console = Console()
    console.print(diagnosis_text(diagnosis, title=str(run)))
    for note in stored.notes:
        console.print(f"Note: {note}", markup=False)
