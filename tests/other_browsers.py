"""Firefox and WebKitGTK, driven as a person would: pages are opened, and controls pressed where they are on the screen.

Playwright drives only browsers of its own make besides Chromium. So Firefox is driven by its own protocol (WebDriver
BiDi, https://w3c.github.io/webdriver-bidi/), and WebKitGTK by Selenium and Debian's driver for it.
"""

import base64
import json
import os
import re
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Remote
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options
from servers import ended, free_ports, needed, until_answering
from websocket import create_connection

PATIENCE = 90.0  # s
_NO_TOOLBAR = "* { min-width: 0; min-height: 0; padding: 0; margin: 0; font-size: 1px; border-width: 0; }"
"""Without it, the window's own buttons keep it wider than a phone. Pages are not drawn by GTK."""

PREFERENCES = {
    "media.navigator.streams.fake": True,  # a microphone that hears a tone
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 1,  # nothing plays before the user presses something
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "services.settings.server": "data:,",
    "browser.safebrowsing.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
}


# Returns the middle of the first visible element, once it is in view and stays in its place.
STEADY = """async (selector) => {
  let before = '';
  for (let n = 0; n < 600; n += 1) {
    const one = [...document.querySelectorAll(selector)].find((e) => e.checkVisibility());
    one?.scrollIntoView({ block: 'center', behavior: 'instant' });
    await new Promise((done) => setTimeout(done, 50));
    const box = one?.getBoundingClientRect();
    const middle = box && [box.x + box.width / 2, box.y + box.height / 2].map(Math.round);
    if (middle && String(middle) === before) return middle;
    before = String(middle);
  }
  throw new Error(`${selector} does not stay in one place`);
}"""


class Driven(ABC):
    """A browser with one page."""

    @abstractmethod
    def open(self, address: str) -> None:
        """Open an address and wait until it is loaded."""

    @abstractmethod
    def run(self, function: str, *arguments: object) -> Any:
        """Call a JavaScript function, which may be async, and return what it returns as JSON."""

    @abstractmethod
    def press(self, selector: str) -> None:
        """Scroll to the first visible element and press on its middle."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the page this size in CSS pixels."""

    @abstractmethod
    def picture(self) -> bytes:
        """Return what the page shows as a PNG."""

    def until(self, function: str, *arguments: object, within: float = PATIENCE) -> Any:
        """Call a function until it returns something true, and return that."""
        end = time.monotonic() + within
        while not (found := self.run(function, *arguments)):
            assert time.monotonic() < end, f"not within {within} s: {function} {arguments}"
            time.sleep(0.05)
        return found

    def shown(self, selector: str) -> None:
        """Wait until an element is visible."""
        self.until("(one) => document.querySelector(one)?.checkVisibility()", selector)

    def fill(self, selector: str, text: str) -> None:
        """Put a text into a field, as if it had been typed and left."""
        self.run(
            "(one, text) => { const field = document.querySelector(one); field.value = text;"
            " for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true })); }",
            selector,
            text,
        )


class Firefox(Driven):
    """Firefox over WebDriver BiDi."""

    def __init__(self, address: str) -> None:
        self._connection = create_connection(f"{address}/session", PATIENCE, suppress_origin=True)
        self._sent = 0
        self._do("session.new", capabilities={})
        self._page = self._do("browsingContext.getTree")["contexts"][0]["context"]

    def close(self) -> None:
        """End the connection; the browser goes on."""
        self._connection.close()

    def _do(self, method: str, **parameters: object) -> dict[str, Any]:
        self._sent += 1
        self._connection.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while (answer := json.loads(self._connection.recv())).get("id") != self._sent:
            pass  # what happened in the browser meanwhile
        assert "error" not in answer, f"{method}: {answer.get('message')}"
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, address: str) -> None:
        self._do("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def run(self, function: str, *arguments: object) -> Any:
        given = json.dumps(arguments)
        told = self._do(
            "script.callFunction",
            functionDeclaration=f"async () => JSON.stringify(await ({function})(...{given})) ?? 'null'",
            target={"context": self._page},
            awaitPromise=True,
        )
        assert told["type"] == "success", f"{function}: {told}"
        return json.loads(told["result"]["value"])

    def press(self, selector: str) -> None:
        x, y = self.run(STEADY, selector)
        pointer = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        source = {"type": "pointer", "id": "finger", "actions": pointer}
        self._do("input.performActions", context=self._page, actions=[source])

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self._do("browsingContext.setViewport", context=self._page, viewport=size)

    def picture(self) -> bytes:
        return base64.b64decode(self._do("browsingContext.captureScreenshot", context=self._page)["data"])


class WebKit(Driven):
    """WebKitGTK, the nearest to Safari that Debian has."""

    def __init__(self, driver: Remote) -> None:
        self._driver = driver
        driver.set_script_timeout(PATIENCE)

    def open(self, address: str) -> None:
        self._driver.get(address)

    def run(self, function: str, *arguments: object) -> Any:
        told = self._driver.execute_async_script(
            f"const done = arguments[arguments.length - 1];"
            f"(async () => JSON.stringify(await ({function})(...{json.dumps(arguments)})) ?? 'null')()"
            ".then((value) => done([value, '']), (error) => done(['', String(error)]));"
        )
        assert not told[1], f"{function}: {told[1]}"
        return json.loads(told[0])

    def press(self, selector: str) -> None:
        self.run(STEADY, selector)
        found = [one for one in self._driver.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()]
        found[0].click()

    def resize(self, width: int, height: int) -> None:
        frame = self.run("() => [outerWidth - innerWidth, outerHeight - innerHeight]")
        self._driver.set_window_size(width + frame[0], height + frame[1])
        self.until("(w, h) => innerWidth === w && innerHeight === h", width, height)

    def picture(self) -> bytes:
        return self._driver.get_screenshot_as_png()


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Run Firefox without a window, with a profile of its own."""
    with tempfile.TemporaryDirectory() as profile, _speakers():
        lines = (
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()
        )
        (Path(profile) / "user.js").write_text("".join(lines), "utf-8")
        command = [needed("firefox-esr"), "--headless", "--profile", profile, "--remote-debugging-port", "0"]
        log = Path(profile) / "log"
        with log.open("w") as out:
            process = subprocess.Popen([*command, "about:blank"], stdout=out, stderr=out)
        with ended(process):
            page = Firefox(_told(log, r"WebDriver BiDi listening on (ws://[\d.]+:\d+)"))
            try:
                yield page
            finally:
                page.close()


@contextmanager
def webkit() -> Iterator[WebKit]:
    """Run WebKitGTK's small browser in a window on a screen of its own, as narrow as a phone if need be."""
    with (
        tempfile.TemporaryDirectory() as config,
        _screen(),
        _speakers(),
        _environment("XDG_CONFIG_HOME", config),
    ):
        (Path(config) / "gtk-3.0").mkdir()
        (Path(config) / "gtk-3.0" / "gtk.css").write_text(_NO_TOOLBAR, "utf-8")
        options = Options()
        options.binary_location = str(*Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
        options.add_argument("--automation")
        (port,) = free_ports(1)
        with ended(subprocess.Popen([needed("WebKitWebDriver"), f"--port={port}"])) as process:
            until_answering(f"http://127.0.0.1:{port}/status", process)
            place = ClientConfig(remote_server_addr=f"http://127.0.0.1:{port}")
            driver = Remote(RemoteConnection(client_config=place), options=options)
            try:
                yield WebKit(driver)
            finally:
                driver.quit()


@contextmanager
def _screen() -> Iterator[None]:
    """Run an X server without a screen, and set DISPLAY to it."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "display"
        with told.open("w") as number:
            command = [
                needed("Xvfb"),
                "-displayfd",
                str(number.fileno()),
                "-screen",
                "0",
                "2000x1400x24",
                "-nolisten",
                "tcp",
            ]
            process = subprocess.Popen(command, pass_fds=[number.fileno()], stderr=subprocess.DEVNULL)
        with ended(process), _environment("DISPLAY", ":" + _told(told, r"(\d+)\n")):
            yield


@contextmanager
def _speakers() -> Iterator[None]:
    """Run a sound server whose speakers are heard by nobody: these browsers play nothing without speakers."""
    with tempfile.TemporaryDirectory() as folder:
        address = Path(folder) / "sound"
        modules = ("module-null-sink", f"module-native-protocol-unix auth-anonymous=1 socket={address}")
        command = [needed("pulseaudio"), "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        log = Path(folder) / "log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [*command, *(f"--load={module}" for module in modules)],
                stdout=out,
                stderr=out,
                env=os.environ | {"XDG_RUNTIME_DIR": folder, "HOME": folder},
            )
        with ended(process), _environment("PULSE_SERVER", f"unix:{address}"):
            for _ in range(int(PATIENCE * 10)):
                if address.exists():
                    break
                time.sleep(0.1)
            else:
                raise AssertionError(f"no sound server:\n{log.read_text('utf-8', 'replace')[-2000:]}")
            yield


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """Give an environment variable another value for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name) if before is None else os.environ.update({name: before})


def _told(log: Path, pattern: str) -> str:
    """Return what a program writes into its log, once it does."""
    for _ in range(int(PATIENCE * 10)):
        if found := re.search(pattern, log.read_text("utf-8", "replace")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"it did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
