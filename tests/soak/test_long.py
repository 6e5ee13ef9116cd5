"""What takes long: eight hours, many lengths with the true voice. `make soak` runs this before an issue is closed."""

import json
import resource

import pytest

from audio_builder.build import Desk, Wish, prepare, speak
from audio_builder.plan import plan, ranges
from audio_builder.sound import ffmpeg
from audio_builder.units import Ms, samples


@pytest.mark.parametrize("quality", ["stereo", "mono"])
def test_eight_hours_decode_exactly_in_bounded_memory(quality, audio_builder, tmp_path):
    ran = audio_builder(
        "build", "psoas-release", "--length", "8h", "--quality", quality, "--json", folder=tmp_path
    )
    assert ran.status == 0, ran.err
    episode = json.loads(ran.out)
    mp3 = tmp_path / "output" / f"{episode['name']}.mp3"
    channels = 2 if quality == "stereo" else 1
    assert ffmpeg.count(["-i", str(mp3), "-f", "s16le", "pipe:1"]) == 2 * channels * samples(28_800_000)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\n8 h {quality}: largest process {peak:.0f} MB")
    assert peak < 500


@pytest.mark.parametrize(
    "choice",
    [
        ("psoas-release", None),
        ("psoas-release", ("leg-across", "legs-on-chair")),
        ("leg-across", None),
        ("knees-together", None),
    ],
)
def test_200_lengths_with_the_true_voice(choice):
    name, positions = choice
    desk = Desk(workers=2)
    order = prepare(name, Wish(positions=positions), desk.shelf)
    clips, _ = speak(order, desk)
    lengths = {sound: clip.length for sound, clip in clips.items()}
    bounds = {part.name: part.front for part in order.script.parts}
    for ending in ("wake", "sleep"):
        low, high = ranges(order.script, lengths, ending)[0]
        for n in range(100):
            timeline = plan(order.script, lengths, Ms(low + (high - low) * n * n // 9801), ending)
            held = {}
            for hold in timeline.holds:
                assert bounds[hold.position].minimum <= hold.length <= bounds[hold.position].maximum
                held.setdefault(hold.position, set()).add(hold.length)
            assert all(len(sides) == 1 for sides in held.values())


def test_no_sentence_is_said_twice_but_in_rests():
    desk = Desk(workers=2)
    for name in desk.shelf.slugs():
        order = prepare(name, Wish(), desk.shelf)
        clips, _ = speak(order, desk)
        lengths = {sound: clip.length for sound, clip in clips.items()}
        for target in (1_680_000, 3_600_000):
            timeline = plan(order.script, lengths, Ms(target), "wake")
            inside = [span for span in timeline.spans if span.kind in ("rest", "breathe")]
            said = [
                cue.what.line.text
                for cue in timeline.cues
                if hasattr(cue.what, "line")
                and not any(s.start <= cue.start < s.start + s.length for s in inside)
            ]
            assert len(said) == len(set(said)), sorted(text for text in said if said.count(text) > 1)
