"""Loads a session: its script, and everything that the script names."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import AudioBuilderError
from .budget import HINT_TO_SPLIT, excess, item_count
from .cautions import with_cautions
from .model import Say, Script, Slot
from .positions import in_frame, with_positions
from .problem_log import ProblemLog
from .reader import ScriptReader
from .search import ScriptFinder, find_script
from .voices import with_voices
from .walk import position_choices, script_items, scripts_in, session_props


def load(name: str, finder: ScriptFinder, positions: Sequence[str] | None = None) -> Script:
    """Return a session that is ready to be planned, with everything it names resolved.

    `name` is a slug or a path. If it is a position, the result is its frame with that position alone, under the
    position's title. `positions` asks for exactly these positions, in this order.

    Raises ScriptErrors with every problem of all the scripts involved.
    """
    path = find_script(name, finder)
    finder, log = finder.near(path), ProblemLog()
    reader = ScriptReader(finder, log)
    session = _session(reader.read(path), positions, reader)
    if session is not None and (reason := excess(sum(map(item_count, (session, *session.parts))))):
        log.add(session.location, f"{session.name} {reason}", HINT_TO_SPLIT)
    elif session is not None:
        session = with_cautions(session, finder, log)
        _check_props(session, log)
    log.raise_any()
    assert session is not None  # otherwise a problem was raised
    return with_voices(session)


def _session(script: Script | None, positions: Sequence[str] | None, reader: ScriptReader) -> Script | None:
    if script is None:
        return None
    if script.front.kind == "session":
        return with_positions(script, positions, reader)
    if positions is not None:
        raise AudioBuilderError(f"{script.name} is a position: use --positions with a session")
    return in_frame(script, reader)


def _check_props(script: Script, log: ProblemLog) -> None:
    """Report [props] if there is nothing to list, even with the fewest positions."""
    fewest = position_choices(script)[-1]
    if session_props(script, fewest):
        return
    for member in scripts_in(script, fewest):
        for item in script_items(member):
            if isinstance(item, Say) and Slot.PROPS in item.words:
                hint = "write e.g. props: [a blanket] in the front matter, or remove [props]"
                log.add(item.location, "nothing to list for [props]", hint)
