"""Admit workers: only those that render the same bytes as this machine get work."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ..errors import AudioBuilderError
from .facts import PACKAGE, differences, differing_voices, own_facts
from .records import Inputs
from .store import SharedStore, StoreFailed
from .tasks import scripts_of


def compare_workers(client: Any, addresses: Iterable[str], inputs: Inputs) -> dict[str, list[str]]:
    """Compare workers with this machine through a Dask client, and let those that are equal have work.

    Return what is different, in sentences, by the address of the worker. Workers that have just ended are left out.
    """
    problems: defaultdict[str, list[str]] = defaultdict(list)
    equal: list[str] = []
    for address, theirs in client.run(own_facts, workers=[*addresses], on_error="return").items():
        subject = f"worker {address}"
        if isinstance(theirs, ImportError | AttributeError):
            problems[address] = [cannot_import(subject)]
        elif isinstance(theirs, OSError):
            continue
        elif isinstance(theirs, BaseException):
            raise theirs
        elif found := differences(theirs, subject):
            problems[address] = found
        else:
            equal.append(address)
    admitted = client.run(admit, inputs, workers=equal, on_error="return") if equal else {}
    for address, reasons in admitted.items():
        if isinstance(reasons, OSError):
            continue
        if isinstance(reasons, BaseException):
            raise reasons
        if reasons:
            problems[address] = [f"worker {address} {reason}" for reason in reasons]
    return problems


def cannot_import(subject: str) -> str:
    """Return that a machine does not have the program, and what to install there."""
    return f"{subject} cannot import {PACKAGE}: install {PACKAGE}[cluster] {own_facts()[PACKAGE]} there"


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
        store = SharedStore(inputs.place.store)
        store.write(f"workers/{inputs.resource}", b"may write here")
    except StoreFailed as error:
        return [f"cannot use the store: {error}"]
    except AudioBuilderError as error:
        return [f"is not ready: {error}"]
    return [f"has another version of the voice {name}" for name in different]
