"""The order of tasks on a cluster: every sentence and session once, whatever fails, and segments for idle workers."""

from itertools import product

import pytest

from audio_builder.batch.planned import PlannedSession
from audio_builder.cluster.catalogue import Narration, Order
from audio_builder.cluster.records import (
    ScriptRef,
    SegmentDone,
    SessionTask,
    SpeakTask,
    StorePlace,
    TaskResult,
)
from audio_builder.cluster.tasks import segment_task, session_task, speak_task
from audio_builder.cluster.work import SEGMENT_MS, Work
from audio_builder.options import BuildOptions

PLACE = StorePlace("/store", "digest")
STORE_AWAY = TaskResult("store", "no connection")


def narration(*keys, name="evening"):
    return Narration(
        ScriptRef(name), BuildOptions(), {key: n for n, key in enumerate(keys)}, (), (), None, ""
    )


def order(spoken, key, length=300_000):
    options = BuildOptions(length=length)
    task = SessionTask(PLACE, spoken.script, options, key)
    return Order(PlannedSession(spoken.script.slug, options), spoken, task)


def speaking(spoken, *keys):
    lines = tuple(spoken.keys[key] for key in keys)
    return SpeakTask(PLACE, spoken.script, spoken.options, lines), frozenset(keys)


def all_steps(work, slots=1):
    steps = []
    while (step := work.step(slots)) is not None:
        steps.append(step)
    return steps


def test_sessions_wait_for_their_own_sentences_and_then_come_first():
    one, two = narration("a", "b", name="one"), narration("b", "c", name="two")
    work = Work([speaking(one, "a", "b"), speaking(two, "c")], [order(one, "k1"), order(two, "k2")])
    first = work.step(1)
    assert first.function is speak_task
    assert work.end(first.number, TaskResult()).spoken == 2
    building = work.step(1)
    assert (building.function, building.argument.key) == (session_task, "k1")
    last = work.step(1)
    assert last.function is speak_task and work.step(1) is None
    work.end(last.number, TaskResult())
    assert work.step(1).argument.key == "k2"


def test_if_a_sentence_cannot_be_spoken_the_sessions_that_need_it_fail_and_others_go_on():
    one, two = narration("a", "b", name="one"), narration("c", name="two")
    orders = [order(one, "k1"), order(one, "k2"), order(two, "k3")]
    work = Work([speaking(one, "a"), speaking(one, "b"), speaking(two, "c")], orders)
    outcomes = [work.end(step.number, TaskResult("failed", "too long")) for step in all_steps(work)[:2]]
    assert outcomes[0].failed == orders[:2] and outcomes[0].error == "too long"
    assert outcomes[1].failed == []
    assert work.step(1) is None
    assert work.end(3, TaskResult()).failed == []
    assert work.step(1).argument.key == "k3"


def test_a_task_is_tried_again_if_the_store_fails_and_the_third_time_ends_the_work():
    work = Work([], [order(narration(), "k1")])
    for _ in range(2):
        assert not work.end(work.step(1).number, STORE_AWAY).fatal
    outcome = work.end(work.step(1).number, STORE_AWAY)
    assert outcome.fatal and outcome.error == "no connection"


def test_a_long_session_is_cut_into_segments_only_if_workers_would_have_nothing_to_do():
    long = order(narration(), "k1", length=16 * SEGMENT_MS)
    busy = Work([], [long, *(order(narration(), f"other {n}") for n in range(4))])
    assert {step.function for step in all_steps(busy, slots=4)} == {session_task}
    work = Work([], [long])
    steps = all_steps(work, slots=4)
    assert [(step.function, step.argument.number, step.argument.count) for step in steps] == [
        (segment_task, number, 4) for number in range(4)
    ]
    for step in reversed(steps):  # in any order
        assert work.step(4) is None
        number = step.argument.number
        work.end(step.number, TaskResult(segment=SegmentDone(str(number), number, "")))
    join = work.step(4)
    assert [segment.name for segment in join.argument.segments] == ["0", "1", "2", "3"]
    assert work.end(join.number, TaskResult()).stored is long


def test_a_session_that_is_in_the_store_already_is_not_joined():
    work = Work([], [order(narration(), "k1", length=2 * SEGMENT_MS)])
    for step in all_steps(work, slots=2):
        work.end(step.number, TaskResult())
    join = work.step(2)
    assert (join.function, join.argument.segments) == (session_task, ())


@pytest.mark.parametrize("results", [*product(["", "failed"], repeat=3)])
def test_a_session_fails_once_or_is_built_once_whichever_of_its_segments_fail(results):
    work = Work([], [order(narration(), "k1", 3 * SEGMENT_MS)])
    steps = [work.step(3) for _ in range(3)]
    done = SegmentDone("s", 1, "d")
    failed = [
        each
        for step, trouble in zip(steps, results, strict=True)
        for each in work.end(step.number, TaskResult(trouble, "", None if trouble else done)).failed
    ]
    last = work.step(3)
    if "failed" in results:
        assert (len(failed), last) == (1, None)
    else:
        assert (failed, last.function) == ([], session_task)
        assert work.step(3) is None


def test_segments_of_a_session_that_has_failed_are_not_rendered():
    work = Work([], [order(narration(), "k1", 3 * SEGMENT_MS)])
    work.end(work.step(3).number, TaskResult("failed", "no room"))
    assert work.step(3) is None


def test_a_session_fails_once_if_several_of_its_segments_do():
    work = Work([], [order(narration(), "k1", length=3 * SEGMENT_MS)])
    steps = all_steps(work, slots=3)
    failures = [work.end(step.number, TaskResult("failed", "no memory")).failed for step in steps]
    assert [len(failed) for failed in failures] == [1, 0, 0]
    assert work.step(3) is None


@pytest.mark.parametrize("slots", [1, 8])
def test_every_session_is_built_once(slots):
    spoken = [narration(*(f"{n} {m}" for m in range(3)), name=str(n)) for n in range(5)]
    tasks = [speaking(each, key) for each in spoken for key in each.keys]
    orders = [order(each, f"{each.script.slug} {n}", 300_000 * (n + 1)) for each in spoken for n in range(10)]
    work, stored, running = Work(tasks, orders), [], []
    while True:
        while len(running) < slots and (step := work.step(slots)):
            running.append(step)
        if not running:
            break
        outcome = work.end(running.pop(0).number, TaskResult())
        stored += [outcome.stored] if outcome.stored else []
    assert len(stored) == len(orders) == len({each.task.key for each in stored})
