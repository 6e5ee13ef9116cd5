"""What keeps the program working on systems that these tests do not run on. Windows is imitated as far as possible."""

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import audio_builder
from audio_builder.errors import InvalidValue
from audio_builder.option_kinds import FileName
from audio_builder.takes.voice import is_voice_name
from audio_builder.text import is_device_name, portable_stem

PACKAGE = Path(audio_builder.__file__).parent
POSIX_MODULES = ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty")
POSIX_NAMES = {
    "os": (
        *(
            "chown",
            "chroot",
            "fchmod",
            "fchown",
            "fork",
            "forkpty",
            "getegid",
            "geteuid",
            "getgid",
            "getgroups",
        ),
        *("getloadavg", "getpgid", "getpriority", "getsid", "getuid", "killpg", "lchown", "mkfifo", "mknod"),
        *(
            "nice",
            "openpty",
            "pipe2",
            "posix_fadvise",
            "pread",
            "preadv",
            "pwrite",
            "pwritev",
            "register_at_fork",
        ),
        *("sched_getaffinity", "sched_setaffinity", "sendfile", "setpgid", "setpriority", "setsid", "setuid"),
        *("statvfs", "sync", "sysconf", "ttyname", "uname", "wait3", "wait4", "WEXITSTATUS"),
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_SYNC"),
    ),
    "signal": (
        *("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGTSTP"),
        *("SIGUSR1", "SIGUSR2", "SIGWINCH", "alarm", "pause", "pthread_sigmask", "setitimer", "sigwait"),
    ),
    "socket": (
        "AF_UNIX",
        "SO_REUSEPORT",
        "socketpair",
        "send_fds",
        "recv_fds",
        "MSG_DONTWAIT",
        "MSG_NOSIGNAL",
    ),
    "time": ("tzset", "clock_settime", "pthread_getcpuclockid"),
}
"""What Python has on Linux and macOS, but not on Windows, as far as anyone might use it here."""

GUARDED = {
    ("speech/worker.py", "os.nice"),  # suppresses AttributeError
    ("web/processes.py", "signal.SIGKILL"),  # `serve_in_processes` refuses to start on Windows
}

WINDOWS = f"""
import importlib, os, pkgutil, signal, socket, sys, time
import audio_builder

def load_all():
    found = pkgutil.walk_packages(audio_builder.__path__, "audio_builder.")
    names = ["audio_builder", *(one.name for one in found)]
    names.remove("audio_builder.__main__")
    for name in names:
        importlib.import_module(name)
    return names

load_all()  # the standard library and other packages, which know Windows by themselves
for name in [name for name in sys.modules if name.split(".")[0] == "audio_builder"]:
    del sys.modules[name]
for name in {POSIX_MODULES!r}:
    sys.modules[name] = None  # importing it raises ImportError
for module, names in {POSIX_NAMES!r}.items():
    for name in names:
        vars(sys.modules[module]).pop(name, None)
sys.platform = "win32"
import audio_builder
print(len(load_all()))
"""


def test_every_module_can_be_imported_where_what_only_posix_has_is_missing():
    finished = subprocess.run(
        [sys.executable, "-c", WINDOWS], capture_output=True, text=True, check=False, cwd=PACKAGE.parent
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert int(finished.stdout) == len([path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py"])


@cache
def _nodes(path):
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def _uses(path):
    """Yield what a file uses that Windows lacks: attributes of modules, and imports that nothing catches."""
    nodes = _nodes(path)
    caught = {
        line
        for block in nodes
        if isinstance(block, ast.Try) and any("ImportError" in ast.unparse(one) for one in block.handlers)
        for line in range(block.lineno, block.handlers[0].lineno)
    }
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in POSIX_NAMES.get(node.value.id, ()):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Import | ast.ImportFrom) and node.lineno not in caught:
            names = [alias.name for alias in node.names]
            origin = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            yield from {*names, *origin} & set(POSIX_MODULES)


def test_what_only_posix_has_is_used_behind_a_guard():
    """`getattr(signal, "SIGHUP", None)` is one. Any other use is in `GUARDED`, with what guards it."""
    found = {
        (path.relative_to(PACKAGE).as_posix(), use) for path in PACKAGE.rglob("*.py") for use in _uses(path)
    }
    assert found == GUARDED


def test_text_is_never_read_or_written_in_the_encoding_of_the_system():
    """On Windows that is often cp1252, in which scripts would lose their letters."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in _nodes(path):
            if isinstance(node, ast.Call) and _opens_text(node):
                found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert found == []


def _opens_text(call):
    """Return whether a call opens text without an encoding."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    keywords = {keyword.arg for keyword in call.keywords}
    modes = [node.value for node in call.args if isinstance(node, ast.Constant)]
    if "encoding" in keywords:
        return False
    if name == "read_text":
        return isinstance(call.func, ast.Attribute) and not call.args
    if name == "write_text":
        return len(call.args) < 2
    if name == "open" and isinstance(call.func, ast.Name):
        return not any("b" in str(mode) for mode in modes)
    if name == "open":
        return not call.args or modes[:1] in (["r"], ["w"], ["a"], ["x"])
    return bool(keywords & {"text", "universal_newlines"}) and name in ("run", "Popen", "check_output")


@pytest.mark.parametrize(
    "name", ["con", "CON", "Nul", "aux", "prn", "com1", "LPT9", "com¹", "con.txt", "nul.tar.gz"]
)
def test_names_of_devices_are_recognised(name):
    assert is_device_name(name)


@pytest.mark.parametrize(
    "name", ["console", "com", "com10", "con-20m", "nulls", "evening-rest", "lpt", "auxiliary"]
)
def test_names_that_only_begin_like_a_device_are_allowed(name):
    assert not is_device_name(name)


@pytest.mark.parametrize("name", ["con", "Nul", "COM3"])
def test_a_name_that_windows_keeps_for_a_device_is_refused_everywhere(name):
    """A session, a script or a voice of that name could not be copied to Windows."""
    with pytest.raises(InvalidValue, match="Windows"):
        FileName().parse(name)
    assert not is_voice_name(name)


@pytest.mark.parametrize(
    "name", ["evening.", "evening ", " evening", "a:b", "a\\b", "a/b", "a?", "a*", 'a"b', "a|b", "<a>"]
)
def test_a_name_that_some_system_cannot_write_is_refused(name):
    with pytest.raises(InvalidValue, match="is not a valid name"):
        FileName().parse(name)


@pytest.mark.parametrize("name", ["cover", "Cover", "FEED", "Index"])
def test_a_name_of_the_podcast_is_refused_in_any_case(name):
    """Windows and macOS take `Cover.jpg` and `cover.jpg` for one file."""
    with pytest.raises(InvalidValue, match="is not a valid name"):
        FileName().parse(name)


def test_the_longest_name_leaves_room_for_endings_in_every_alphabet():
    """File systems take at most 255 bytes, and the name of a partial file is longer than that of the file itself."""
    for sign in "aéあ𠀀":
        name = sign
        while len(f"{name}{sign}".encode()) <= 180:
            name += sign
        try:
            taken = FileName().parse(name)
        except InvalidValue:
            assert len(name) > 100
            continue
        partial = f".{taken}.chapters.json.{os.getpid()}-abcdefgh.part"
        assert len(partial.encode()) <= 255
    with pytest.raises(InvalidValue, match="is not a valid name"):
        FileName().parse("あ" * 61)


def test_a_file_that_would_have_the_name_of_a_device_gets_another_one():
    assert [portable_stem(stem) for stem in ("con", "lpt1", "bell", "com")] == [
        "con-1",
        "lpt1-1",
        "bell",
        "com",
    ]
