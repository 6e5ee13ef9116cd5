"""The voices of the operating system through pyttsx3: SAPI, NSSpeech, and on Linux espeak-ng.

espeak-ng comes from the package espeakng-loader, so no system package is needed. Everything that loads pyttsx3 is
run in a worker process: the engine prints, crashes on long texts and keeps global state.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import platform
import sys
import tempfile
import time
import wave
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import VoiceFailed, VoiceMissing
from ..voice import Speech, primary
from ..worker import Worker

DEFAULT_SPEED = 0.53
"""As fast as hibari at its default."""
PACE = 200
"""Words a minute at speed 1.0: pyttsx3's own default on every platform."""
_SECONDS = 20.0
_TRIES = 4
_ALIASES = {"zh": "cmn", "no": "nb", "iw": "he"}  # BCP 47 tags that espeak-ng knows under another name


@dataclass(frozen=True, slots=True)
class SystemVoice:
    """A voice of this system. `id` is what pyttsx3 calls it."""

    name: str
    speed: float
    id: str
    engine = "pyttsx3"
    gain = 0.9  # measured as hibari's, with espeak-ng; other systems' voices may lie elsewhere

    @property
    def identity(self) -> tuple[str, ...]:
        system = version("espeakng-loader") if sys.platform == "linux" else platform.version()
        return ("pyttsx3", version("pyttsx3"), sys.platform, system, self.id, repr(self.speed))

    def speak(self, text: str) -> Speech:
        """As every voice; only to be called in a worker process."""
        engine = _engine()
        _set(engine, "voice", self.id)
        _set(engine, "rate", round(PACE * self.speed))
        with tempfile.TemporaryDirectory(prefix="audio-builder-") as folder:
            for attempt in range(
                _TRIES
            ):  # on a busy machine a finished utterance is now and then an empty file
                path = Path(folder) / f"{attempt}.wav"
                _save(engine, text, path)
                spoken = _read(path)
                if spoken.samples.size:
                    break
                time.sleep(0.1 * (attempt + 1))
            return spoken


def open_system(name: str, speed: float | None, language: str) -> SystemVoice:
    """The system voice of that name (an id, a name or a language tag), or without a name one for the language."""
    if find_spec("pyttsx3") is None:
        raise VoiceMissing("the voice pyttsx3 is not installed: pip install pyttsx3")
    found = _pick(system_voices(), name, language)
    return SystemVoice(name or found[0], DEFAULT_SPEED if speed is None else speed, found[0])


@lru_cache(maxsize=1)
def system_voices() -> tuple[tuple[str, str, str], ...]:
    """Id, name and language tag ("" where the system does not say) of every voice, asked of the system once."""
    worker = Worker()
    try:
        return worker.call(_SECONDS, _list)
    except VoiceFailed as error:
        raise VoiceMissing(f"the system's voices cannot be used: pyttsx3 {error}") from error
    finally:
        worker.close()


def _pick(voices: tuple[tuple[str, str, str], ...], name: str, language: str) -> tuple[str, str, str]:
    wanted = name.casefold()
    if wanted:
        for same in (0, 1, 2):
            for voice in voices:
                if wanted in (voice[same].casefold(), voice[same].casefold().rpartition("/")[2]):
                    return voice
        raise VoiceMissing(
            f"this system has no voice “{name}” for pyttsx3; audio-builder voices lists those it has"
        )
    tag = language.strip().casefold().replace("_", "-")
    tag = _ALIASES.get(tag, tag)
    spoken = [v for v in voices if primary(v[2] or "") == _ALIASES.get(primary(tag), primary(tag))]
    exact = [v for v in spoken if tag in (v[2], v[0].casefold().rpartition("/")[2])]
    # a dialect is named by a longer tag, so that the shortest is the plain language
    best = exact or sorted(spoken, key=lambda v: (len(v[2]), v[0]))
    if not best and voices and primary(tag) == "en" and not any(v[2] for v in voices):
        best = list(voices)  # a system that does not say what its voices speak
    if not best:
        raise VoiceMissing(
            f"this system has no voice for the language {language}; install one in its settings, "
            f"or name one of those that `audio-builder voices` lists: --voice pyttsx3:NAME"
        )
    return best[0]


def _list() -> tuple[tuple[str, str, str], ...]:
    voices = _engine().getProperty("voices")
    return tuple((v.id, v.name.strip(), _tag(v.languages)) for v in voices)


def _tag(languages: Any) -> str:
    first = languages[0] if languages else ""
    text = first.decode(errors="replace") if isinstance(first, bytes) else str(first)
    return text.strip("\x00\x05").casefold().replace("_", "-")


@lru_cache(maxsize=1)
def _engine() -> Any:
    if sys.platform == "linux" and find_spec("espeakng_loader"):
        import espeakng_loader

        # pyttsx3 asks for libespeak-ng.so.1; a library of that SONAME which is already loaded answers
        os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
        ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
    try:
        import pyttsx3

        engine = pyttsx3.init()
        engine.runAndWait()  # until its first run it keeps every setting for later
        return engine
    except (ImportError, RuntimeError, OSError) as error:
        raise VoiceMissing(f"the system's voices cannot be used: {error}") from error


def _set(engine: Any, property: str, value: str | int) -> None:
    # espeak-ng takes a rate some milliseconds later, and never when it is told to speak before
    for _ in range(200):
        if engine.getProperty(property) == value:
            return
        engine.setProperty(property, value)
        time.sleep(0.005)
    raise VoiceFailed(f"did not take the {property} {value}")


def _save(engine: Any, text: str, path: Path) -> None:
    heard: list[str] = []
    tokens = [
        engine.connect("finished-utterance", lambda **_: heard.append("")),
        engine.connect("error", lambda **facts: heard.append(str(facts.get("exception") or "an error"))),
    ]
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # pyttsx3 announces every file
            engine.save_to_file(text, str(path))
            engine.runAndWait()
            end = time.monotonic() + _SECONDS
            while not heard and time.monotonic() < end:  # runAndWait may return before the file is there
                time.sleep(0.01)
    finally:
        for token in tokens:
            engine.disconnect(token)
    wrong = next(filter(None, heard), "")
    if wrong:
        raise VoiceFailed(f"said: {wrong}")


def _read(path: Path) -> Speech:
    try:
        with wave.open(str(path)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error):
        return Speech(np.zeros(0, np.float32), 22_050)
    if width != 2:
        raise VoiceFailed(f"wrote {8 * width} bit samples, not 16")
    samples = np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)
    return Speech((samples.mean(axis=1) / 32768).astype(np.float32), rate)
