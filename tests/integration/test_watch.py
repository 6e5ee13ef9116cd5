"""`watch`: each time a script is saved, its errors or its new timeline are shown, and changed sentences are spoken."""

import os
import queue
import signal
import subprocess
import sys
import threading

from common import command_environment

SCRIPT = "---\ntitle: Watched\n---\n\nLie down.\n\nRest for a while.\n[rest 2m..]\n- One word.\n"


def test_saving_shows_errors_or_the_new_timeline_and_speaks_what_changed(home, tmp_path):
    path = tmp_path / "watched.md"
    path.write_text(SCRIPT, "utf-8")
    environment = {
        **os.environ,
        **command_environment(home, cache=tmp_path / "cache"),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "audio_builder", "watch", "watched.md", "--voice", "tone"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout])
    reader.start()

    def printed_until(words):
        """Return what was printed up to the first line with these words, which must come within a minute."""
        seen = [lines.get(timeout=60)]
        while words not in seen[-1]:
            seen.append(lines.get(timeout=60))
        return "".join(seen)

    try:
        assert "3 sentences spoken" in printed_until("Waiting for changes")
        path.write_text(SCRIPT.replace("Lie down.", "Lie down slowly."), "utf-8")
        assert "estimated" in printed_until("1 sentence spoken")
        path.write_text(SCRIPT.replace("[rest 2m..]", "[rest 2x..]"), "utf-8")
        assert "spoken" not in printed_until("watched.md:8:1: ")
        path.write_text(SCRIPT, "utf-8")
        printed_until("0 sentences spoken")
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(timeout=30)
        reader.join()
        process.stdout.close()
    assert status == 130
    assert not (tmp_path / "output").exists()
