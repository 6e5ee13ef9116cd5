"""The queue of a server: what clients want comes first, in their order, and what nobody wants any more is dropped."""

from audio_builder.cache import Cache
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.service import speech_queue
from audio_builder.service.speech_queue import SpeechJob, SpeechQueue


def test_what_clients_want_is_spoken_first_and_variants_that_they_gave_up_are_dropped(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(speech_queue.time, "monotonic", lambda: now[0])
    queue = SpeechQueue(Workspace(ScriptFinder((tmp_path,)), cache=Cache(tmp_path)), lambda _request: None)
    later, plain = SpeechJob("later"), SpeechJob("plain")
    variant = SpeechJob("variant", BuildOptions.parse(voice="tone"))
    queue._jobs = [later, plain]
    with queue._changed:
        for job in (variant, plain, variant):
            queue._want(job)
    assert queue._jobs == [variant, plain, later]
    now[0] = 119
    assert queue._next() == variant
    now[0] = 121
    assert queue._next() == plain, "a script as it is stays"
    assert queue._jobs == [plain, later]
