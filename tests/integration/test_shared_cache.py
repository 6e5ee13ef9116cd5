"""A cache with a second tier in a store: a folder, or a real S3 server that goes away."""

import time

import pytest
from clusters import gate
from servers import ask, serving

from audio_builder.build import build
from audio_builder.cache import Cache, entry_name
from audio_builder.cluster import shared_cache as module
from audio_builder.cluster.shared_cache import CACHE_PREFIX, SharedCache, shared_cache
from audio_builder.cluster.store import PIECE_BYTES, SharedStore, StoreFailed
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import shipped_folder

KEY, OTHER = "ab" * 20, "cd" * 20


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path):
    if request.param == "folder":
        return SharedStore(str(tmp_path / "store"))
    request.getfixturevalue("storage")
    return SharedStore(f"s3://psoas/{tmp_path.name}")


@pytest.fixture
def machines(store, tmp_path):
    """The caches of two machines with the same store."""
    return SharedCache(store, tmp_path / "one"), SharedCache(store, tmp_path / "two")


def test_what_one_machine_puts_the_other_finds_and_has_from_then_on(machines, tmp_path):
    one, two = machines
    assert two.find(KEY, ".wav") is None and two.get(KEY, ".wav") is None
    put = one.put(KEY, ".wav", b"sound")
    assert two.find(KEY, ".wav").seal == put.seal
    assert two.get(KEY, ".wav").content == b"sound"
    assert Cache(tmp_path / "two").get(KEY, ".wav").content == b"sound"


def test_large_entries_travel_in_pieces(machines):
    one, two = machines
    pieces = [bytes([number]) * 1_000_000 for number in range(2 * PIECE_BYTES // 1_000_000 + 1)]
    one.put_pieces(KEY, ".wav", pieces)
    assert two.get(KEY, ".wav").content == b"".join(pieces)


def test_an_object_can_be_joined_from_others_of_the_same_store(store):
    for number in range(3):
        store.write(f"parts/{number}", bytes([number]) * PIECE_BYTES)
    store.write("whole", (piece for number in range(3) for piece in store.pieces(f"parts/{number}")))
    assert store.read("whole") == b"".join(bytes([number]) * PIECE_BYTES for number in range(3))
    with pytest.raises((FileNotFoundError, StoreFailed)):
        store.write("half", (piece for number in range(4) for piece in store.pieces(f"parts/{number}")))
    assert store.size("half") is None


def test_the_first_of_two_contents_stays_so_that_all_machines_have_the_same(machines):
    one, two = machines
    first = one.put(KEY, ".wav", b"first")
    assert two.put(KEY, ".wav", b"second").seal == first.seal
    assert two.get(KEY, ".wav").content == b"first"


@pytest.mark.parametrize("content", [b"short", b"rubbish" * 20])
def test_a_damaged_object_counts_as_missing_and_is_replaced(store, machines, content):
    one, two = machines
    store.write(f"{CACHE_PREFIX}/{entry_name(KEY, '.wav')}", content)
    assert two.find(KEY, ".wav") is None
    assert two.put(KEY, ".wav", b"sound").content == b"sound"
    assert one.get(KEY, ".wav").content == b"sound"


def test_frames_stay_on_their_machine_and_pictures_are_shared(machines):
    one, two = machines
    one.put(KEY, ".frames", b"frames", ephemeral=True)
    one.put(KEY, ".png", b"picture", ephemeral=True)
    assert two.get(KEY, ".frames", ephemeral=True) is None
    assert two.get(KEY, ".png", ephemeral=True).content == b"picture"


def test_many_entries_are_fetched_at_once(machines, tmp_path):
    one, two = machines
    keys = [f"{number:02x}" * 20 for number in range(40)]
    for key in keys:
        one.put(key, ".wav", key.encode())
    two.fetch_all((key, ".wav") for key in [*keys, OTHER])
    local = Cache(tmp_path / "two")
    assert [local.get(key, ".wav").content for key in keys] == [key.encode() for key in keys]


def test_a_server_goes_on_with_its_own_cache_while_the_store_is_away_and_says_so_once(
    storage, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(module, "_SERVER_PATIENCE", 0.5)
    with gate(storage) as way:
        monkeypatch.setenv("AWS_ENDPOINT", way.address)
        way.close()
        cache = shared_cache(f"s3://psoas/{tmp_path.name}", tmp_path / "cache")
        for length in ("5m", "6m"):
            options = BuildOptions.parse(length=length, voice="tone", quality="mono", ambience="none")
            build("pillow-under-knees", options, Workspace(out=tmp_path / "out", cache=cache))
        way.open()
        cache.close()
    assert len([*(tmp_path / "out").glob("*.mp3")]) == 2
    assert [record.message for record in caplog.records if "Going on" in record.message] == [
        f"s3://psoas/{tmp_path.name}: no connection; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, "
        "outside Amazon, AWS_ENDPOINT. Going on with the cache of this machine."
    ]


def test_a_second_server_speaks_nothing_that_the_first_has_spoken(tmp_path):
    options = BuildOptions.parse(length="5m", voice="tone", quality="mono", ambience="none")
    spoken = []
    for number in range(2):
        cache = shared_cache(str(tmp_path / "store"), tmp_path / f"cache-{number}")
        built = build("pillow-under-knees", options, Workspace(out=tmp_path / f"out-{number}", cache=cache))
        cache.close()
        spoken.append(built.spoken)
    assert spoken[0] > 0 == spoken[1]


def test_an_address_that_cannot_be_a_store_is_refused(tmp_path):
    with pytest.raises(StoreFailed, match="Invalid"):
        SharedStore("ftp://server/folder")
    with pytest.raises(StoreFailed, match="Leave the keys out"):
        SharedStore("s3://key:secret@bucket/prefix")
    (tmp_path / "file").write_text("a file")
    with pytest.raises(StoreFailed, match="give a folder that all machines may write to"):
        SharedStore(str(tmp_path / "file")).write("name", b"content")


def test_servers_with_one_store_speak_a_sentence_once(tmp_path):
    """The second server has a cache of its own, and finds there is nothing to speak."""
    (tmp_path / "scripts").mkdir()
    script = "---\ntitle: Rest\nvoice: tone\nquality: mono\n---\n\nLet the floor hold you. [rest 4m..]\n"
    (tmp_path / "scripts" / "rest.md").write_text(script, "utf-8")
    for path in shipped_folder().glob("*.md"):
        (tmp_path / "scripts" / path.name).write_text(script, "utf-8")
    store, answers, written = tmp_path / "store", [], []
    for number in (1, 2):
        home = tmp_path / f"home{number}"
        home.mkdir()
        with serving(tmp_path, home, "--store", str(store)) as address:
            answers.append(ask(f"{address}/media/rest.mp3?length=6m").body)
            _wait_for_uploads(store, home)
        written.append({path: path.stat().st_mtime_ns for path in store.rglob("*.wav")})
    assert answers[0] == answers[1]
    assert len(answers[0]) > 2_000_000
    assert written[0] == written[1] != {}


def test_a_server_whose_store_cannot_be_one_says_so(audio_builder, tmp_path):
    done = audio_builder("serve", "--store", "ftp://nowhere/x", folder=tmp_path)
    assert done.status == 1
    assert "ftp://nowhere/x" in done.err


def _wait_for_uploads(store, home):
    clips = {path.name for path in (home / "cache").rglob("*.wav")}
    deadline = time.monotonic() + 30
    while {path.name for path in store.rglob("*.wav")} < clips:
        assert time.monotonic() < deadline
        time.sleep(0.1)
