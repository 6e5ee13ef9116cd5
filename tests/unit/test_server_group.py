"""What the processes of a server know of each other. Two objects stand for two processes here."""

from contextlib import contextmanager

import pytest

from audio_builder.cache import Cache
from audio_builder.errors import AudioBuilderError
from audio_builder.service.group import server_group
from audio_builder.service.job_records import Job, JobRecord, MemoryRecords, SharedRecords
from audio_builder.service.speaking_turn import SpeakingTurn
from audio_builder.web.client_use import MemoryUse, SharedUse


class Waited(Exception):
    """Somebody has to wait."""


def give_up():
    raise Waited


@pytest.fixture
def group(tmp_path):
    with server_group(Cache(tmp_path), 2, 4) as group:
        yield group


def test_the_folder_of_a_group_is_removed_and_so_is_one_that_a_killed_server_left(tmp_path):
    cache = Cache(tmp_path)
    with server_group(cache, 2, 4) as first:
        (first.folder.parent / "1-left").mkdir()
        with server_group(cache, 2, 4) as second:
            assert {*first.folder.parent.iterdir()} == {first.folder, second.folder}
    assert not [*first.folder.parent.iterdir()]


def test_a_cache_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "cache").touch()
    with (
        pytest.raises(AudioBuilderError, match="Cannot write to the cache"),
        server_group(Cache(tmp_path / "cache"), 2, 4),
    ):
        pass


@pytest.mark.parametrize(("whole", "part"), [(4, 2), (5, 2), (1, 1)])
def test_each_process_has_its_part_but_at_least_one(group, whole, part):
    assert group.share(whole) == part


def test_the_processor_time_of_a_client_is_counted_over_all_processes(group):
    first, second, alone = SharedUse(group.folder), SharedUse(group.folder), MemoryUse()
    for use in (first, second):
        use.charge("192.0.2.7", 2, 0)
        alone.charge("192.0.2.7", 2, 0)
    assert first.lately("192.0.2.7", 0) == second.lately("192.0.2.7", 0) == alone.lately("192.0.2.7", 0) == 4
    assert first.lately("192.0.2.7", 1e9) == 0, "all is forgiven"
    assert first.lately("192.0.2.8", 0) == 0


@contextmanager
def turn(group, urgent=False, is_needless=False):
    with SpeakingTurn(group.folder).taken(urgent, lambda: is_needless, give_up):
        yield


@pytest.mark.parametrize("urgent", [True, False])
def test_one_speaks_at_a_time(group, urgent):
    with turn(group, urgent):
        for later in (True, False):
            with pytest.raises(Waited), turn(group, later):
                pass
        with turn(group, is_needless=True):
            pass
    with turn(group, urgent):
        pass


def test_who_speaks_for_a_listener_is_noticed_by_those_who_speak_ahead(group):
    ahead = SpeakingTurn(group.folder)
    with ahead.taken(False, lambda: False, give_up):
        assert not ahead.is_wanted()
        seen = []
        with (
            pytest.raises(Waited),
            SpeakingTurn(group.folder).taken(
                True, lambda: False, lambda: seen.append(ahead.is_wanted()) or give_up()
            ),
        ):
            pass
        assert seen == [True]
        assert not ahead.is_wanted(), "nobody waits any more"


def test_without_a_group_nobody_waits():
    with (
        SpeakingTurn().taken(False, lambda: False, give_up),
        SpeakingTurn().taken(True, lambda: False, give_up),
    ):
        assert not SpeakingTurn().is_wanted()


@pytest.fixture(params=["memory", "files"])
def records(request, group):
    return MemoryRecords() if request.param == "memory" else SharedRecords(group.folder)


def test_records_of_jobs_come_back_in_their_order(records):
    for number, id in ((2, "b"), (1, "a"), (3, "c")):
        with records.changing():
            records.put(JobRecord(Job(id, "rest"), "key", records.owner, number))
    assert [record.job.id for record in records.every()] == ["a", "b", "c"]
    with records.changing():
        records.drop("b")
    assert records.get("b") is None
    assert records.get("../a") is None
    assert records.get("a").job == Job("a", "rest")


def test_a_job_whose_process_has_ended_has_failed_unless_it_was_finished(group):
    gone, other = SharedRecords(group.folder), SharedRecords(group.folder)
    gone.put(JobRecord(Job("a", "rest", "working"), "key", gone.owner))
    gone.put(JobRecord(Job("b", "rest", "done", name="rest-20m"), "key", gone.owner))
    assert other.get("a").job.state == "working"
    gone.close()
    assert other.get("a").job.state == "failed"
    assert "start the build again" in other.get("a").job.error
    assert other.get("b").job.name == "rest-20m"
