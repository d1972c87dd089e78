import argparse
import importlib.metadata
import json
import subprocess
import sys

import numpy as np
import pytest
from tensorboard.backend import application
from tensorboard.data import provider
from tensorboard.plugins import base_plugin
from werkzeug import test as werkzeug_test
from werkzeug import wrappers

from keras_tips.records import Diagnosis, Finding
from keras_tips.tensorboard import TipsLoader, TipsPlugin

FINDING = Finding("dead_units", "warning", "training", "80 % of the units never answer.", layers=("<b>",), tips=("leaky_relu",))
STORED = {
    "sick/tips": [(9, Diagnosis().to_json()), (19, Diagnosis((FINDING,), stage="training").to_json())],
    "odd": [(0, "no JSON"), (1, "[1, 2]")],
}


class StoredData:
    """What TensorBoard's data provider answers, from a table of run -> diagnoses."""

    def list_tensors(self, ctx=None, *, experiment_id, plugin_name, run_tag_filter=None):
        assert plugin_name == "keras_tips"
        return {run: {"diagnosis": None} for run in STORED} | {"other": {"something else": None}}

    def read_tensors(self, ctx=None, *, experiment_id, plugin_name, downsample=None, run_tag_filter=None):
        assert plugin_name == "keras_tips"
        assert downsample >= 1000
        chosen = [run for run in STORED if run in run_tag_filter.runs and "diagnosis" in run_tag_filter.tags]
        return {run: {"diagnosis": [datum(step, text) for step, text in STORED[run]]} for run in chosen}


def datum(step, text):
    return provider.TensorDatum(step=step, wall_time=float(step), numpy=np.array(text.encode(), dtype=object))


@pytest.fixture(scope="module")
def client():
    """Asks the plugin through TensorBoard's own application, with its handling of errors."""
    context = base_plugin.TBContext(data_provider=StoredData(), flags=argparse.Namespace())
    plugin = TipsLoader().load(context)
    server = application.TensorBoardWSGI([plugin], data_provider=StoredData(), path_prefix="/deep")
    return werkzeug_test.Client(server, wrappers.Response)


BASE = "/deep/data/plugin/keras_tips"


def test_runs_that_have_a_diagnosis(client):
    response = client.get(f"{BASE}/runs")
    assert response.status_code == 200
    assert json.loads(response.data) == ["odd", "sick/tips"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_diagnoses_of_a_run_oldest_first(client):
    entries = json.loads(client.get(f"{BASE}/diagnosis?run=sick/tips").data)
    assert [entry["step"] for entry in entries] == [9, 19]
    assert entries[0]["diagnosis"]["healthy"] is True
    assert entries[1]["diagnosis"]["findings"] == [FINDING.to_dict()]


def test_what_is_no_diagnosis_is_told_as_none(client):
    entries = json.loads(client.get(f"{BASE}/diagnosis?run=odd").data)
    assert [entry["diagnosis"] for entry in entries] == [None, None]


@pytest.mark.parametrize("name, kind", [("index.js", "text/javascript"), ("style.css", "text/css")])
def test_files_of_the_page(client, name, kind):
    response = client.get(f"{BASE}/static/{name}")
    assert response.status_code == 200
    assert response.content_type.startswith(kind)
    assert b"://" not in response.data.replace(b"http://www.w3.org", b"")


@pytest.mark.parametrize(
    "request_path, status",
    [
        ("/diagnosis", 400),
        ("/diagnosis?run=", 404),
        ("/diagnosis?run=unknown", 404),
        ("/diagnosis?run=other", 404),
        ("/diagnosis?run=%00%ff%F0%9F", 404),
        ("/diagnosis?run=../../etc/passwd", 404),
        ("/diagnosis?run=" + "x" * 5000, 404),
        ("/diagnosis?run=unknown&run=sick/tips", 404),
        ("/diagnosis?&&==&run", 404),
        ("/runs?run=1&%ff", 200),
        ("/static/plugin.py", 404),
        ("/static/../plugin.py", 404),
        ("/static/", 404),
        ("/nothing", 404),
    ],
)
def test_odd_requests_are_answered(client, request_path, status):
    assert client.get(BASE + request_path).status_code == status


@pytest.mark.parametrize("path", ["/runs", "/diagnosis?run=sick/tips", "/static/index.js", "/static/style.css"])
def test_only_reading_is_allowed(client, path):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "NONSENSE"):
        response = client.open(BASE + path, method=method)
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, HEAD"
    head = client.head(BASE + path)
    assert head.status_code == 200
    assert head.data == b""


@pytest.mark.parametrize("given, expected", [(None, 1000), ({}, 1000), ({"images": 3}, 1000), ({"keras_tips": 7}, 7)])
def test_every_diagnosis_is_kept_unless_the_user_says_otherwise(given, expected):
    flags = argparse.Namespace(samples_per_plugin=given)
    TipsLoader().fix_flags(flags)
    assert flags.samples_per_plugin["keras_tips"] == expected
    assert flags.samples_per_plugin.get("images") == (given or {}).get("images")


def test_the_tab_appears_by_its_data_alone():
    plugin = TipsPlugin(base_plugin.TBContext(data_provider=StoredData()))
    assert plugin.is_active() is False
    assert plugin.plugin_name == "keras_tips"
    assert plugin.frontend_metadata().tab_name == "Tips"
    assert plugin.frontend_metadata().es_module_path in plugin.get_plugin_apps()


def test_tensorboard_finds_the_plugin_once():
    points = [point for point in importlib.metadata.entry_points(group="tensorboard_plugins") if point.name == "keras_tips"]
    assert {point.load() for point in points} == {TipsLoader}


def test_the_module_is_cheap_for_everybody():
    code = (
        "import sys; import keras_tips.tensorboard.plugin\n"
        "print([name for name in ('tensorflow', 'keras', 'jax', 'torch', 'matplotlib', 'rich') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
