"""What many tests share: folders, Hypothesis profiles, and the environment of commands.

Not in conftest.py, because there are several of that name and an import would find any of them.
"""

from pathlib import Path

from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
ROOT = TESTS.parent

# `make test` tries the same few examples every time; `make soak` looks for new ones with `thorough`
settings.register_profile(
    "ci", max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "thorough", max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("ci")


def examples(count, **more):
    """Decorate a property to try `count` examples, or 40 times as many with the profile `thorough`."""
    factor = settings().max_examples // settings.get_profile("ci").max_examples
    return settings(max_examples=count * factor, **more)


def command_environment(home, cache=None):
    """Return the environment variables that keep a command inside the folders of this run."""
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(cache or home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHONWARNINGS": "",
    }
