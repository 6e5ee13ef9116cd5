"""Which sentences and sessions a batch consists of, worked out on this machine without speaking or rendering."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TypeVar

from ..batch.planned import PlannedSession
from ..cache import entry_name
from ..cast.speak import assign, clip_keys_of, speaking_voices, unsayable_lines
from ..errors import AudioBuilderError, ScriptErrors
from ..options import BuildOptions, given
from ..planning.wording import sounds
from ..request import Workspace, resolve
from ..script.model import Line
from ..service.speech_queue import SpeechJob
from ..units import Ms
from .facts import own_facts, spec_of
from .places import manifest_name
from .records import ScriptRef, SessionTask, SpeakTask, StorePlace, VoiceSpec
from .scripts import ScriptBundle
from .shared_cache import CACHE_PREFIX
from .store import SharedStore

_FEWEST_LINES, _MOST_LINES = 8, 60
"""Lines of a task: a worker loads the model for each, which takes as long as speaking a few lines."""
_TASKS_PER_SLOT = 3

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Narration:
    """The sentences that some sessions have in common: all of a script, in one choice of voices.

    `keys` has the number of each sentence that an engine speaks, by its key in the cache, and `takes` the numbers of
    those that a person has recorded. `length` is how long the script lasts by itself, if it says so. `facts` is a hash
    of everything that the files of a session follow from besides its options.
    """

    script: ScriptRef
    options: BuildOptions
    keys: dict[str, int]
    takes: tuple[int, ...]
    voices: tuple[VoiceSpec, ...]
    length: Ms | None
    facts: str


@dataclass
class Order:
    """A session to build: its task, and the narration that it needs."""

    planned: PlannedSession
    narration: Narration
    task: SessionTask

    @property
    def length(self) -> Ms:
        """The length in milliseconds, or 0 if only its sentences decide it."""
        return self.planned.options.length or self.narration.length or Ms(0)


@dataclass
class ClusterCatalogue:
    """The sessions of a batch: those that can be built, and those that cannot, each with the reason."""

    orders: list[Order] = field(default_factory=list)
    refused: list[tuple[PlannedSession, str]] = field(default_factory=list)

    @property
    def voices(self) -> tuple[VoiceSpec, ...]:
        """Every voice of an engine that speaks."""
        return tuple(dict.fromkeys(voice for order in self.orders for voice in order.narration.voices))


def read_catalogue(
    sessions: Iterable[PlannedSession], workspace: Workspace, bundle: ScriptBundle, place: StorePlace
) -> ClusterCatalogue:
    """Return the sessions of a batch, with what each of them needs.

    Reads each script once for each choice of voices.
    """
    catalogue = ClusterCatalogue()
    known: dict[SpeechJob, Narration | str] = {}
    for planned in sessions:
        asked = SpeechJob.of(planned.script, planned.options)
        if asked not in known:
            try:
                known[asked] = _narration(asked, workspace, bundle)
            except AudioBuilderError as error:
                known[asked] = str(error)
        narration = known[asked]
        if isinstance(narration, str):
            catalogue.refused.append((planned, narration))
        else:
            catalogue.orders.append(Order(planned, narration, _task(planned, narration, bundle, place)))
    return catalogue


def complete_orders(orders: Sequence[Order], store: SharedStore) -> set[str]:
    """Return the keys of those sessions that are in the store. Raises StoreFailed."""
    missing = store.missing(manifest_name(order.task.key) for order in orders)
    return {order.task.key for order in orders if manifest_name(order.task.key) not in missing}


def speak_tasks(
    narrations: Iterable[Narration], place: StorePlace, store: SharedStore, slots: int
) -> Iterator[tuple[SpeakTask, frozenset[str]]]:
    """Yield the tasks that speak what the store lacks, each sentence once, with the keys of its sentences.

    There are enough of them for all workers. Raises StoreFailed.
    """
    distinct = [*{id(narration): narration for narration in narrations}.values()]
    names = {key: f"{CACHE_PREFIX}/{entry_name(key, '.wav')}" for each in distinct for key in each.keys}
    absent = store.missing(names.values())
    wanted = {key for key, name in names.items() if name in absent}
    size = max(_FEWEST_LINES, min(_MOST_LINES, -(-len(wanted) // max(1, slots * _TASKS_PER_SLOT))))
    for narration in distinct:
        mine = [key for key in narration.keys if key in wanted]
        wanted -= {*mine}
        for part in _even_parts(mine, size):
            lines = tuple(narration.keys[key] for key in part)
            yield SpeakTask(place, narration.script, narration.options, lines), frozenset(part)
        for takes in _even_parts(narration.takes, size):
            task = SpeakTask(place, narration.script, narration.options, tuple(takes))
            yield task, frozenset({takes_key(narration)})


def takes_key(narration: Narration) -> str:
    """Return what stands for the takes of a narration among the keys of its sentences."""
    return f"takes {id(narration)}"


def _narration(job: SpeechJob, workspace: Workspace, bundle: ScriptBundle) -> Narration:
    request = resolve(job.script, job.options, workspace.finder)
    lines = {each: place for each, place in sounds(request.script).items() if isinstance(each, Line)}
    numbers = dict(zip(lines, count()))
    assigned = assign(request.cast, lines)
    if problems := unsayable_lines(request.cast, assigned):
        raise ScriptErrors(problems)
    keys: dict[str, int] = {}
    for line, key in clip_keys_of(request.cast, assigned).items():
        keys.setdefault(key, numbers[line])
    language = request.script.front.language
    voices = tuple(spec_of(voice, language) for voice in speaking_voices(request.cast))
    takes = tuple(numbers[line] for line in assigned.takes)
    script = bundle.script(job.script)
    facts = [own_facts(), bundle.digest, [script.slug, script.folder], [voice.facts for voice in voices]]
    return Narration(script, job.options, keys, takes, voices, request.options.length, _digest(facts))


def _task(
    planned: PlannedSession, narration: Narration, bundle: ScriptBundle, place: StorePlace
) -> SessionTask:
    """Return the task of a session. Its key is a hash of everything that its files follow from."""
    options = bundle.options(planned.options)
    return SessionTask(place, narration.script, options, _key(narration, options))


def with_additions_of(order: Order, options: BuildOptions) -> Order:
    """Return an order for the same session with the other formats and parts that these options name."""
    task = replace(order.task, options=options, key=_key(order.narration, options), segments=())
    return replace(order, task=task)


def _key(narration: Narration, options: BuildOptions) -> str:
    return _digest([narration.facts, given(options)])


def _digest(facts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _even_parts(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """Yield the items in parts of about the same size, of which none is larger."""
    parts = -(-len(items) // size)
    for part in range(parts):
        yield items[len(items) * part // parts : len(items) * (part + 1) // parts]
