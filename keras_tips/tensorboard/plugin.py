"""The server's side of the Tips page.

TensorBoard imports this module at every start, for every user who has keras_tips installed. So it imports next to
nothing, and `is_active` costs nothing.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.data import provider
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

__all__ = ["TipsLoader", "TipsPlugin"]

NAME = "keras_tips"  # also the name under which diagnoses are stored in event files
TAG = "diagnosis"
STATIC = Path(__file__).parent / "static"
FILES = {"index.js": "text/javascript", "style.css": "text/css"}  # told here: an operating system's table may be wrong

SAMPLES = 1000
"""Diagnoses kept per run. TensorBoard keeps 10 or 100 of an unknown plugin, chosen at random, unless it is told."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class TipsPlugin(base_plugin.TBPlugin):
    """Serves the Tips page and its data.

    Routes, below `data/plugin/keras_tips`:

    - `/runs`: JSON, a list of the names of runs that have a diagnosis;
    - `/diagnosis?run=NAME`: JSON, a list of `{"step", "wall_time", "diagnosis"}`, oldest first;
    - `/static/index.js` and `/static/style.css`.

    An unknown run is answered with status 404, a missing `run` with 400, any method but GET and HEAD with 405.
    """

    plugin_name = NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        self._data: provider.DataProvider = context.data_provider

    def get_plugin_apps(self) -> dict[str, WsgiApp]:
        """Returns route -> application."""
        files = {f"/static/{name}": _answering(_serve_file(name)) for name in FILES}
        return {"/runs": _answering(self._runs), "/diagnosis": _answering(self._diagnosis), **files}

    def is_active(self) -> bool:
        """Always false: TensorBoard shows the page as soon as there is data under the plugin's name."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Returns where the page begins and what its tab is called."""
        return base_plugin.FrontendMetadata(es_module_path="/static/index.js", tab_name="Tips")

    def _runs(self, request: wrappers.Request) -> wrappers.Response:
        known = self._data.list_tensors(
            plugin_util.context(request.environ),
            experiment_id=plugin_util.experiment_id(request.environ),
            plugin_name=NAME,
        )
        return _json(request, sorted(run for run, tags in known.items() if TAG in tags))

    def _diagnosis(self, request: wrappers.Request) -> wrappers.Response:
        run = request.args.get("run")
        if run is None:
            raise errors.InvalidArgumentError("Expected the name of a run: diagnosis?run=NAME. The names are at runs.")
        found = self._data.read_tensors(
            plugin_util.context(request.environ),
            experiment_id=plugin_util.experiment_id(request.environ),
            plugin_name=NAME,
            downsample=SAMPLES,
            run_tag_filter=provider.RunTagFilter(runs=[run], tags=[TAG]),
        )
        series = found.get(run, {}).get(TAG)
        if not series:
            raise errors.NotFoundError(f"No diagnosis was written for run {run!r}. The runs that have one are at runs.")
        return _json(request, [_plain(datum) for datum in series])


class TipsLoader(base_plugin.TBLoader):
    """Makes the plugin when TensorBoard starts."""

    def fix_flags(self, flags: argparse.Namespace) -> None:
        """Asks TensorBoard to keep every diagnosis; what the user says with `--samples_per_plugin` goes first."""
        samples = dict(getattr(flags, "samples_per_plugin", None) or {})
        samples.setdefault(NAME, SAMPLES)
        flags.samples_per_plugin = samples

    def load(self, context: base_plugin.TBContext) -> TipsPlugin:
        """Returns the plugin."""
        return TipsPlugin(context)


def _answering(answer: Callable[[wrappers.Request], wrappers.Response]) -> WsgiApp:
    """Turns a function of a request into a WSGI application that takes GET and HEAD only."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = wrappers.Request(environ)
        if request.method not in ("GET", "HEAD"):
            text = f"Expected GET. Received: {request.method}."
            response = http_util.Respond(request, text, "text/plain", code=405, headers=[("Allow", "GET, HEAD")])
        else:
            response = answer(request)
        return response(environ, start_response)

    return application


def _serve_file(name: str) -> Callable[[wrappers.Request], wrappers.Response]:
    def serve(request: wrappers.Request) -> wrappers.Response:
        return http_util.Respond(request, (STATIC / name).read_bytes(), FILES[name])

    return serve


def _json(request: wrappers.Request, content: list[Any]) -> wrappers.Response:
    return http_util.Respond(request, content, "application/json")


def _plain(datum: provider.TensorDatum) -> dict[str, Any]:
    text = datum.numpy.item()
    return {"step": datum.step, "wall_time": datum.wall_time, "diagnosis": _parsed(text)}


def _parsed(text: Any) -> dict[str, Any] | None:
    """The stored diagnosis, or None where somebody else wrote something else under our name."""
    try:
        diagnosis = json.loads(text)
    except (TypeError, ValueError):
        return None
    return diagnosis if isinstance(diagnosis, dict) else None
