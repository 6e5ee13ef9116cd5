"""What can be written in a script, with a sample and a line of explanation for each: for editors and their help."""

from __future__ import annotations

from typing import NamedTuple


class Sample(NamedTuple):
    """Something to write, and what it means."""

    text: str
    meaning: str


DIRECTIVES = (
    Sample("[10s]", "ten seconds of silence, exactly"),
    Sample("[10s..40s]", "elastic silence: longer in a longer session"),
    Sample("[pause 5s]", "the same as [5s]"),
    Sample("[rest 2m..]", "a long rest; the sentences of the list below are spread over it"),
    Sample("[rest 2m.. in any order]", "a rest whose sentences come in another order in each variation"),
    Sample("[breathe 4-6 x8]", "eight breaths, four seconds in and six out, marked by soft tones"),
    Sample("[breathe 4-6 x3 aloud]", "three breaths, with “breathe in” and “breathe out” spoken"),
    Sample("[breathe 4-6 1m..3m]", "one to three minutes of breaths"),
    Sample("[bell]", "a stroke of the bell"),
    Sample("[vary]", "one sentence of the list below, another one in each variation"),
    Sample("[props]", "in a sentence: everything to fetch"),
    Sample("[cautions]", "the short safety sentences of this session"),
    Sample("[positions]", "the place of the session's positions"),
    Sample("[include closing]", "another script, here"),
    Sample("[play welcome.wav: the words you say]", "your own recording"),
)
"""Directives, which are written in a separate paragraph or after a sentence."""

MARKS = (
    Sample("{fixed}", "nothing in this chapter stretches"),
    Sample("{from 20m}", "only in sessions of twenty minutes or more"),
    Sample("{to 20m}", "only in sessions of less than twenty minutes"),
    Sample("{wake}", "only if the session ends awake"),
    Sample("{sleep}", "only if the session ends in sleep"),
    Sample("{once}", "only the first time in a session"),
    Sample("{spare}", "only if there is more time than everything else can take"),
    Sample("{first}", "only on the first side"),
    Sample("{second}", "only on the second side"),
    Sample("{figure getting-up}", "another drawing with this chapter"),
    Sample("{voice: recorded:ana}", "another voice for this chapter"),
)
"""Marks, which are written at the end of a heading."""

SLOTS = (
    Sample("{side}", "the side that is being done, such as right"),
    Sample("{other}", "the other side"),
)
"""What is filled in within a sentence."""
