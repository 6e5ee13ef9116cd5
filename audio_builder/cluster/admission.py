"""Admit workers: only those that render the same bytes as this machine get work."""

from __future__ import annotations

import asyncio
from typing import Any

from ..errors import AudioBuilderError
from .facts import differing_voices
from .records import Inputs
from .store import SharedStore, StoreFailed
from .tasks import scripts_of


async def admit(inputs: Inputs, dask_worker: Any) -> list[str]:
    """Return why this worker cannot do the work, or else offer the resource that its tasks need, and return nothing.

    Runs on a worker, which Dask passes as `dask_worker`.
    """
    problems = await asyncio.to_thread(_problems, inputs)
    if not problems:
        await dask_worker.set_resources(**{inputs.resource: dask_worker.state.nthreads})
    return problems


def _problems(inputs: Inputs) -> list[str]:
    try:
        different = differing_voices(inputs.voices)
        scripts_of(inputs.place)
        store, mark = SharedStore(inputs.place.store), f"workers/{inputs.resource}"
        store.write(mark, b"may write here")
    except StoreFailed as error:
        return [f"cannot use the store: {error}"]
    except AudioBuilderError as error:
        return [str(error)]
    return [f"has another version of the voice {name}" for name in different]
