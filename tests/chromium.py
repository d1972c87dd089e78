"""A headless Chromium that tests steer through two pipes, without a further package and without an open port."""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import time
from pathlib import Path

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
]

# The text of a page with all its shadow trees, which TensorBoard's older tabs are made of.
DEEP_TEXT = """(() => {
  const parts = [];
  const walk = (node) => {
    if (node.nodeType === 3) parts.push(node.data);
    if (node.nodeName === 'STYLE' || node.nodeName === 'SCRIPT') return;
    if (node.shadowRoot) walk(node.shadowRoot);
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return parts.join(' ').replace(/\\s+/g, ' ');
})()"""


def find_chromium():
    """The browser's path, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def _moved_up(descriptor):
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


def _spawned(program, arguments, reads, writes):
    """Starts the browser with the two pipes as its file descriptors 3 and 4; returns its process number."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, reads, 3),
        (os.POSIX_SPAWN_DUP2, writes, 4),
    ]
    return os.posix_spawn(program, [program, *arguments], os.environ, file_actions=actions)


class Chromium:
    """One browser with one page. Its protocol's messages go through the child's file descriptors 3 and 4."""

    def __init__(self, profile, size=(1280, 1000)):
        # Numbers from 10 on, so that none is 3 or 4 before the shell has moved it there.
        to_child, self._write_end = map(_moved_up, os.pipe())
        self._read_end, from_child = map(_moved_up, os.pipe())
        arguments = [*FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        self._process = _spawned(find_chromium(), arguments, to_child, from_child)
        os.close(to_child)
        os.close(from_child)
        self._rest, self._number, self.events = b"", 0, []
        self._session = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self.resize(*size)

    def open(self, address):
        """Opens an address; what was said and requested before is forgotten."""
        self._call("Page.navigate", url="about:blank")  # else an address that differs in its # only is no new page
        self.wait_for("location.href === 'about:blank'")
        self.events.clear()
        self._call("Page.navigate", url=address)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, script):
        """The value of a script's last expression; a promise is awaited."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:600])
        return answer["result"].get("value")

    def wait_for(self, script, seconds=60):
        """Evaluates a script until its value is true; returns it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            guarded = f"try {{ const found = {script}; return found?.nodeType ? true : found }} catch {{ return false }}"
            value = self.evaluate(f"(() => {{ {guarded} }})()")
            if value:
                return value
            time.sleep(0.1)
        raise TimeoutError(f"Not within {seconds} s: {script}")

    def resize(self, width, height):
        """Sets the size of the page in pixels."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def set_media(self, colours="light", medium="screen"):
        """Light or dark, screen or print."""
        features = [{"name": "prefers-color-scheme", "value": colours}]
        self._call("Emulation.setEmulatedMedia", media=medium, features=features)

    def screenshot(self, path, full=True):
        """Writes a PNG, of the whole page where `full`."""
        data = self._call("Page.captureScreenshot", captureBeyondViewport=full)["data"]
        Path(path).write_bytes(base64.b64decode(data))

    @property
    def requests(self):
        """Addresses that the page asked for since `open`."""
        self.evaluate("1")  # reads what has come in until now
        return [event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"]

    @property
    def complaints(self):
        """Errors and warnings in the console, with where they came from, and uncaught exceptions, since `open`."""
        self.evaluate("1")
        found = []
        for event in self.events:
            body = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(body["exceptionDetails"])[:600])
            if event["method"] == "Log.entryAdded" and body["entry"]["level"] in ("error", "warning"):
                found.append(f"{body['entry'].get('url')}: {body['entry']['text']}")
            if event["method"] == "Runtime.consoleAPICalled" and body["type"] in ("error", "warning"):
                found.append(json.dumps(body.get("args"))[:600])
        return found

    def close(self):
        """Ends the browser."""
        self._session = None
        try:
            self._call("Browser.close")
        except (OSError, EOFError):
            os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._write_end)
        os.close(self._read_end)

    def _call(self, method, **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def _read(self, seconds=60):
        while b"\0" not in self._rest:
            if not select.select([self._read_end], [], [], seconds)[0]:
                raise TimeoutError(f"The browser said nothing for {seconds} s.")
            data = os.read(self._read_end, 1 << 20)
            if not data:
                raise EOFError("The browser has ended.")
            self._rest += data
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)
