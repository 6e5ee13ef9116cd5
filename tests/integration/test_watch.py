"""`watch`: at every saving the errors, or the new timeline, and the changed sentences spoken."""

import os
import queue
import signal
import subprocess
import sys
import threading

SCRIPT = "---\ntitle: Watched\n---\n\nLie down.\n\nRest for a while.\n[rest 2m..]\n- One word.\n"


def test_a_saving_shows_errors_or_the_new_timeline_and_speaks_what_changed(tmp_path):
    path = tmp_path / "watched.md"
    path.write_text(SCRIPT, "utf-8")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "audio_builder", "watch", "watched.md", "--voice", "tone"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout])
    reader.start()

    def until(words):
        seen = []
        while not seen or words not in seen[-1]:
            seen.append(lines.get(timeout=60))
        return "".join(seen)

    try:
        assert "3 sentences spoken" in until("waiting for the next saving")
        path.write_text(SCRIPT.replace("Lie down.", "Lie down slowly."), "utf-8")
        assert "estimated" in until("1 sentence spoken")
        path.write_text(SCRIPT.replace("[rest 2m..]", "[rest 2x..]"), "utf-8")
        assert "watched.md:8:1" in until("watched.md:8:1")
        path.write_text(SCRIPT, "utf-8")
        until("0 sentences spoken")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        reader.join()
        process.stdout.close()
    assert not (tmp_path / "output").exists()
