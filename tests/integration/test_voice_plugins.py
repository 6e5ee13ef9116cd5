"""Voice engines are plug-ins: the example package works like a built-in engine, and a broken one does no harm."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import distributions

import pytest
from common import ROOT

from audio_builder.errors import ScriptErrors, VoiceMissing
from audio_builder.speech.pronunciation import read_pronunciation
from audio_builder.speech.registry import GROUP, EngineRegistry, installed_engines
from audio_builder.speech.voices import is_test_voice, list_voices, open_voice

EXAMPLE = ROOT / "examples" / "voice-plugin"
SCRIPT = "---\ntitle: Rest\n---\n\n# Rest\n\nLet your legs be heavy.\n\n[rest 2m..]\n"
ENGINE = """
from audio_builder.speech.engine import VoiceInfo
from audio_builder.speech.engines.tone import ToneVoice

class Engine:
    label = "fine"
    default_speed = 1.0

    def open(self, name, speed, language):
        return ToneVoice("sine", speed)

    def list_voices(self):
        return [VoiceInfo("one")]

ENGINE = Engine()
"""
TEST_VOICE = """
class Signal(ToneVoice):
    engine = "signal"

Engine.for_tests = True
Engine.open = lambda self, name, speed, language: Signal("sine", speed)
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    """Install the example package into a folder of its own, without the network."""
    folder = tmp_path_factory.mktemp("plugin")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--target", str(folder)]
    subprocess.run([*pip, *offline, str(EXAMPLE)], check=True)
    return folder


@pytest.fixture
def command(plugin, home, tmp_path):
    """Run a Python module in a process that sees the plug-in."""

    def run(*arguments, folder=tmp_path):
        environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHONPATH": os.pathsep.join([str(plugin), str(tmp_path)]),
            "PYTHONWARNINGS": "",
        }
        return subprocess.run(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def add_plugin(folder, module, code="", name="broken", package="", value="ENGINE"):
    """Put a plug-in into a folder as an installed package, with the metadata that pip would write."""
    package = package or f"voice-{name}"
    (folder / f"{module}.py").write_text(code, "utf-8")
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {module}:{value}\n", "utf-8")


@pytest.fixture
def engines(tmp_path, monkeypatch):
    """Find the engines in the test's folder, and audio-builder's own ones if asked for."""
    monkeypatch.syspath_prepend(tmp_path)

    def find(with_own=False):
        found = [*distributions(path=[str(tmp_path)])]
        if with_own:
            found += distributions(name="audio-builder")
        entries = [entry for package in found for entry in package.entry_points]
        return EngineRegistry(entry for entry in entries if entry.group == GROUP)

    return find


def test_the_example_passes_the_contract(command):
    done = command(
        "pytest", "-q", "-p", "no:cacheprovider", "tests/integration/test_voice_contract.py", "-k", "hum",
        folder=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b1\d passed", done.stdout)


def test_the_example_reads_a_session(command, tmp_path):
    (tmp_path / "rest.md").write_text(SCRIPT, "utf-8")
    options = ("--length", "5m", "--quality", "mono", "--ambience", "none", "-q")
    done = command("audio_builder", "build", "rest.md", "--voice", "hum:high", *options)
    assert done.returncode == 0, done.stderr
    name = "rest-5m-hum-high-no-ambience-mono"
    manifest = json.loads((tmp_path / "output" / f"{name}.json").read_text("utf-8"))
    assert (manifest["choice"]["voice"], manifest["synthetic"]) == ("hum:high", True)
    assert (tmp_path / "output" / f"{name}.mp3").stat().st_size == pytest.approx(300 * 8000, rel=0.05)


def test_sessions_of_a_plugin_for_tests_stay_out_of_the_feed(command, tmp_path):
    add_plugin(tmp_path, "signal_voice", ENGINE + TEST_VOICE, name="signal")
    (tmp_path / "rest.md").write_text(SCRIPT, "utf-8")
    options = ("--length", "5m", "--quality", "mono", "--ambience", "none", "-q")
    done = command("audio_builder", "build", "rest.md", "--voice", "signal", *options)
    assert done.returncode == 0, done.stderr
    name = "rest-5m-signal-no-ambience-mono"
    manifest = json.loads((tmp_path / "output" / f"{name}.json").read_text("utf-8"))
    assert (manifest["test_voice"], manifest["synthetic"]) == (True, False)
    fed = command("audio_builder", "feed", "--base-url", "https://example.org/")
    assert f"Left out as drafts or because a test voice speaks: {name}" in fed.stderr


def test_voices_lists_what_plugins_bring_and_names_a_broken_one(command, tmp_path):
    add_plugin(tmp_path, "broken_voice", "import no_such_module\n")
    listed = command("audio_builder", "voices")
    assert listed.returncode == 0, listed.stderr
    assert re.search(r"^hum:low +any +ready$", listed.stdout, re.M)
    assert re.search(r"^broken .*voice-broken 1\.0.*No module named 'no_such_module'$", listed.stdout, re.M)
    voices = json.loads(command("audio_builder", "voices", "--json").stdout)
    assert {"engine": "hum", "name": "high", "language": "", "ready": True, "needs": ""} in voices
    broken = next(voice for voice in voices if voice["engine"] == "broken")
    assert not broken["ready"]
    assert "no_such_module" in broken["needs"]


def test_asking_for_a_broken_plugin_is_an_error_and_not_a_crash(command, tmp_path):
    add_plugin(tmp_path, "broken_voice", "import no_such_module\n")
    done = command("audio_builder", "voices", "--sample", "broken")
    assert done.returncode == 1
    assert 'Voice engine "broken" of voice-broken 1.0 is broken' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import no_such_module", "import failed with ModuleNotFoundError"),
        ("raise SystemExit(3)", "import failed with SystemExit: 3"),
        ("other = 1", "import failed with AttributeError"),
        ("class ENGINE: label = 'x'", "it has no default_speed, open, list_voices"),
        (ENGINE + "ENGINE = Engine\n", "Engine is a class; the entry point must refer to an instance"),
        (ENGINE + "Engine.default_speed = 'fast'\n", "default_speed is not a number from 0.5 to 1.5"),
        (ENGINE + "Engine.default_speed = property(lambda self: 1 / 0)\n", "failed with ZeroDivisionError"),
    ],
)
def test_an_engine_that_cannot_be_loaded_says_why(code, message, tmp_path, engines):
    add_plugin(tmp_path, "broken_module", code)
    sys.modules.pop("broken_module", None)
    with pytest.raises(VoiceMissing, match=re.escape(message)) as error:
        open_voice("broken", engines=engines())
    assert 'Voice engine "broken" of voice-broken 1.0' in str(error.value)
    (listed,) = list_voices(engines())
    assert (listed.engine, listed.name) == ("broken", "")
    assert message in listed.needs


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Engine.list_voices = lambda self: 1 / 0", "list_voices failed with ZeroDivisionError"),
        ("Engine.list_voices = lambda self: ['one']", "list_voices returns something other than VoiceInfo"),
        ("Engine.list_voices = lambda self: []", "list_voices returns something other than VoiceInfo"),
    ],
)
def test_an_engine_that_cannot_list_its_voices_is_listed_with_the_reason(code, message, tmp_path, engines):
    add_plugin(tmp_path, "broken_module", f"{ENGINE}{code}\n")
    sys.modules.pop("broken_module", None)
    (listed,) = list_voices(engines())
    assert message in listed.needs


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Engine.open = lambda *_: 1 / 0", "open failed with ZeroDivisionError"),
        ("Engine.open = lambda *_: 3", "its voice has no engine, name, speed, gain, identity, speak"),
        ("", 'its voice says that its engine is "tone"'),
    ],
)
def test_an_engine_that_opens_something_else_is_an_error(code, message, tmp_path, engines):
    add_plugin(tmp_path, "broken_module", f"{ENGINE}{code}\n")
    sys.modules.pop("broken_module", None)
    with pytest.raises(VoiceMissing, match=message):
        open_voice("broken", engines=engines())


def test_two_packages_with_the_same_engine_name_are_both_named(tmp_path, engines):
    add_plugin(tmp_path, "first_voice", ENGINE, name="hum", package="voice-a")
    add_plugin(tmp_path, "second_voice", ENGINE, name="Hum", package="voice-b")
    with pytest.raises(VoiceMissing, match=r"voice-a 1\.0 and voice-b 1\.0\. Uninstall one"):
        open_voice("hum", engines=engines())
    (listed,) = list_voices(engines())
    assert (listed.engine, listed.name) == ("hum", "")
    assert "voice-a 1.0 and voice-b 1.0" in listed.needs


def test_a_plugin_cannot_replace_a_built_in_engine(tmp_path, engines):
    add_plugin(tmp_path, "false_tone", "1 / 0", name="tone", package="aa-voice")
    assert open_voice("tone", engines=engines(with_own=True)) == open_voice("tone")
    listed = [voice for voice in list_voices(engines(with_own=True)) if voice.engine == "tone"]
    assert [bool(voice.needs) for voice in listed] == [False, True]
    assert "aa-voice 1.0" in listed[1].needs


def test_engines_are_imported_when_they_are_asked_for_and_not_before(tmp_path, engines):
    add_plugin(tmp_path, "lazy_voice", ENGINE, name="lazy")
    found = engines(with_own=True)
    assert "lazy" in found.names
    open_voice("tone", engines=found)
    assert "lazy_voice" not in sys.modules
    assert found.engine("lazy").label == "fine"
    assert "lazy_voice" in sys.modules


def test_without_any_engine_the_message_says_to_install_the_program():
    with pytest.raises(VoiceMissing, match="Install audio-builder again"):
        open_voice("tone", engines=EngineRegistry([]))


@pytest.mark.parametrize(
    ("voice", "for_tests"), [("tone", True), ("tone:sine", True), ("TONE", True), ("hibari:heart", False)]
)
def test_the_voice_for_tests_is_recognised_by_its_engine(voice, for_tests):
    assert is_test_voice(voice) is for_tests


def test_a_voice_that_is_not_installed_any_more_is_not_a_voice_for_tests():
    assert not is_test_voice("nobody:knows")


def test_a_word_may_have_a_form_for_the_engine_of_a_plugin(tmp_path, engines):
    table = '[psoas]\nlazy = "so-az"\n'
    with pytest.raises(ScriptErrors, match='"lazy" is not "say" or an installed voice engine'):
        read_pronunciation(table, "p.toml")
    add_plugin(tmp_path, "lazy_voice", ENGINE, name="lazy")
    found = read_pronunciation(table, "p.toml", engines(with_own=True))
    assert found == {"psoas": {"lazy": "so-az"}}


def test_every_built_in_engine_is_an_entry_point():
    assert {"hibari", "pyttsx3", "piper", "tone"} <= set(installed_engines().names)
