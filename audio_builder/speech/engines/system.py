"""The voices of the operating system through pyttsx3: SAPI, NSSpeech, and on Linux espeak-ng.

On Linux, espeak-ng comes from the package espeakng-loader, so it needs no system package. pyttsx3 prints, crashes on
long texts and keeps global state, and espeak-ng is under the GPL: both are loaded in worker processes only.
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
from typing import Any, NamedTuple

import numpy as np

from ...errors import VoiceFailed, VoiceMissing
from ...text import did_you_mean
from ..engine import VoiceInfo
from ..voice import Speech, primary
from ..worker import Worker, in_worker

_WORDS_PER_MINUTE = 200
"""The rate at speed 1.0: pyttsx3's own default on every platform."""
_TIMEOUT = 20.0
"""Seconds for listing the voices, and for one sentence."""
_ATTEMPTS = 4
_ESPEAK_TAGS = {"zh": "cmn", "no": "nb", "iw": "he"}
"""BCP 47 tags that espeak-ng knows under another name."""


class SystemVoiceInfo(NamedTuple):
    """A voice of the system. `language` is a BCP 47 tag in lower case, or "" if the system does not say."""

    id: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class SystemVoice:
    """A voice of the operating system. `id` is pyttsx3's name for it."""

    name: str
    speed: float
    id: str
    engine = "pyttsx3"
    gain = 0.9  # measured like the gain of the other voices, with espeak-ng; other systems may be louder or softer

    @property
    def identity(self) -> tuple[str, ...]:
        system = version("espeakng-loader") if sys.platform == "linux" else platform.version()
        return ("pyttsx3", version("pyttsx3"), sys.platform, system, self.id, repr(self.speed))

    def speak(self, text: str) -> Speech:
        engine = _pyttsx3_engine()
        _set(engine, "voice", self.id)
        _set(engine, "rate", round(_WORDS_PER_MINUTE * self.speed))
        with tempfile.TemporaryDirectory(prefix="audio-builder-") as folder:
            for attempt in range(_ATTEMPTS):
                path = Path(folder) / f"{attempt}.wav"
                _save(engine, text, path)
                speech = _read(path)
                if speech.samples.size:
                    break
                time.sleep(0.1 * (attempt + 1))  # on a busy machine a finished utterance may be an empty file
            return speech


class _SystemEngine:
    label = "of the system"
    default_speed = 0.53  # as fast as the default voice at its default speed

    def open(self, name: str, speed: float, language: str) -> SystemVoice:
        if find_spec("pyttsx3") is None:
            raise VoiceMissing("The voice pyttsx3 is not installed: pip install pyttsx3")
        voices = _system_voices()
        info = _find_by_name(voices, name) if name else _find_by_language(voices, language)
        return SystemVoice(name or info.id, speed, info.id)

    def list_voices(self) -> list[VoiceInfo]:
        return [
            VoiceInfo(voice.id, voice.language, label=f"{_short_id(voice)}, of the system")
            for voice in _system_voices()
        ]


PYTTSX3 = _SystemEngine()
"""The engine `pyttsx3`."""


@lru_cache(maxsize=1)
def _system_voices() -> tuple[SystemVoiceInfo, ...]:
    worker = Worker()
    try:
        return worker.call(_TIMEOUT, _ask_pyttsx3)
    except VoiceFailed as error:
        raise VoiceMissing(f"Cannot use the voices of this system: pyttsx3 {error}") from error
    finally:
        worker.close()


def _find_by_name(voices: tuple[SystemVoiceInfo, ...], name: str) -> SystemVoiceInfo:
    wanted = name.casefold()
    for field in ("id", "name", "language"):  # an id is exact, a language may have several voices
        for voice in voices:
            value = getattr(voice, field).casefold()
            if wanted in (value, value.rpartition("/")[2]):
                return voice
    hint = did_you_mean(name, [voice.id for voice in voices])
    raise VoiceMissing(f'No voice named "{name}" in pyttsx3. {hint} See: audio-builder voices --all.')


def _find_by_language(voices: tuple[SystemVoiceInfo, ...], language: str) -> SystemVoiceInfo:
    tag = language.strip().casefold().replace("_", "-")
    tag = _ESPEAK_TAGS.get(tag, tag)
    wanted = _ESPEAK_TAGS.get(primary(tag), primary(tag))
    candidates = [voice for voice in voices if primary(voice.language) == wanted]
    exact = [voice for voice in candidates if tag in (voice.language, _short_id(voice).casefold())]
    if exact:
        return exact[0]
    if candidates:  # dialects have longer tags, so the shortest one is the plain language
        return min(candidates, key=lambda voice: (len(voice.language), voice.id))
    if voices and wanted == "en" and not any(voice.language for voice in voices):
        return voices[0]  # a system that does not say which languages its voices speak
    raise VoiceMissing(
        f'No voice of this system speaks the language "{language}". Install one in the settings of the system, '
        f"or choose one that `audio-builder voices --all` lists: --voice pyttsx3:NAME."
    )


def _short_id(voice: SystemVoiceInfo) -> str:
    return voice.id.rpartition("/")[2]


def _ask_pyttsx3() -> tuple[SystemVoiceInfo, ...]:
    voices = _pyttsx3_engine().getProperty("voices")
    return tuple(SystemVoiceInfo(v.id, v.name.strip(), _language_tag(v.languages)) for v in voices)


def _language_tag(languages: Any) -> str:
    first = languages[0] if languages else ""
    text = first.decode(errors="replace") if isinstance(first, bytes) else str(first)
    return text.strip("\x00\x05").casefold().replace("_", "-")


@lru_cache(maxsize=1)
def _pyttsx3_engine() -> Any:
    if not in_worker():
        raise VoiceFailed("speaks in worker processes only")
    if sys.platform == "linux" and find_spec("espeakng_loader"):
        import espeakng_loader

        # pyttsx3 asks for libespeak-ng.so.1, and the dynamic linker returns the loaded library of that SONAME
        os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
        ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
    try:
        import pyttsx3

        engine = pyttsx3.init()
        engine.runAndWait()  # settings take effect only after the first run
        return engine
    except (ImportError, RuntimeError, OSError) as error:
        raise VoiceMissing(f"Cannot use the voices of this system: {error}") from error


def _set(engine: Any, name: str, value: str | int) -> None:
    # espeak-ng changes its rate some milliseconds later, and never if it starts to speak before that
    for _ in range(200):
        if engine.getProperty(name) == value:
            return
        engine.setProperty(name, value)
        time.sleep(0.005)
    raise VoiceFailed(f"did not accept the {name} {value}")


def _save(engine: Any, text: str, path: Path) -> None:
    events: list[str] = []
    tokens = [
        engine.connect("finished-utterance", lambda **_: events.append("")),
        engine.connect("error", lambda **facts: events.append(str(facts.get("exception") or "an error"))),
    ]
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # pyttsx3 prints the name of every file
            engine.save_to_file(text, str(path))
            engine.runAndWait()
            end = time.monotonic() + _TIMEOUT
            while not events and time.monotonic() < end:  # runAndWait may return before the file exists
                time.sleep(0.01)
    finally:
        for token in tokens:
            engine.disconnect(token)
    if error := next(filter(None, events), ""):
        raise VoiceFailed(f"reported an error: {error}")


def _read(path: Path) -> Speech:
    try:
        with wave.open(str(path)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error):
        return Speech(np.zeros(0, np.float32), 22_050)
    if width != 2:
        raise VoiceFailed(f"wrote {8 * width}-bit samples instead of 16-bit ones")
    whole_frames = data[: len(data) // (2 * channels) * 2 * channels]
    samples = np.frombuffer(whole_frames, "<i2").reshape(-1, channels)
    return Speech((samples.mean(axis=1) / 32768).astype(np.float32), rate)
