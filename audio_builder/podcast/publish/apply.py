"""Carry out the plan of a publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import RegistryChanged
from ..write import save_registry
from .destination import Destination, PublishConflict
from .plan import PublishPlan

if TYPE_CHECKING:
    from ...request import ProgressCallback


def apply_plan(plan: PublishPlan, destination: Destination, progress: ProgressCallback) -> None:
    """Write and delete what the plan says, in an order that makes every interruption harmless.

    The registry is saved first. New files have names that no feed uses yet, and the feed is replaced last, so the
    public feed never names a missing file. A run that was stopped is finished by the next one. Raises PublishFailed if
    the destination fails, and PublishConflict if someone else published since the plan was made.
    """
    destination.create()
    try:
        save_registry(plan.podcast, plan.edition)
    except RegistryChanged as error:
        raise PublishConflict(str(error)) from None
    for n, upload in enumerate(plan.writes):
        progress("Publishing", n, len(plan.writes))
        destination.put(upload)
    progress("Publishing", len(plan.writes), len(plan.writes))
    if plan.feed is not None:
        destination.put_if_unchanged(plan.feed, plan.snapshot.feed.version if plan.snapshot.feed else None)
    if plan.record is not None:
        destination.put(plan.record)
    destination.delete([*plan.deletions])
