"""`keras-tips report DIR`."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["report"]


def report(
    directory: Annotated[Path, typer.Argument(help="A folder with stored runs or a search.")],
    html: Annotated[Path | None, typer.Option(help="Also write one self-contained page to this file.")] = None,
) -> None:
    """Prints what is stored in a folder, and writes it as one HTML page."""
    from rich.console import Console

    from keras_tips.cli.stored import read_folder
    from keras_tips.report.page import write_page
    from keras_tips.report.terminal import report_text

    content = read_folder(directory)
    if html is not None:
        write_page(content, html)  # first, so that a path that cannot be written to is told and nothing else
    Console().print(report_text(content))
    if html is not None:
        print(f"Report: {html}")
