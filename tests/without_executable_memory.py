"""Run a command as systemd does with MemoryDenyWriteExecute=yes, without systemd: with its filter of system calls.

Memory can never be both written and executed, and no mapping becomes executable later.
"""

import ctypes
import mmap
import os
import platform
import struct
import sys

_MMAP, _MPROTECT, _PKEY_MPROTECT = {"x86_64": (9, 10, 329), "aarch64": (222, 226, 288)}[platform.machine()]
_LOAD, _AND, _IS, _RETURN = 0x20, 0x54, 0x15, 0x06  # instructions of BPF (linux/bpf_common.h)
_CALL, _PROTECTION = 0, 32  # offsets in struct seccomp_data: the call, and the third of its arguments
_WRITE_EXECUTE, _EXECUTE = 6, 4
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # the latter with EPERM
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_PROGRAM = (
    (_LOAD, 0, 0, _CALL),
    (_IS, 2, 0, _MMAP),
    (_IS, 5, 0, _MPROTECT),
    (_IS, 4, 7, _PKEY_MPROTECT),
    (_LOAD, 0, 0, _PROTECTION),
    (_AND, 0, 0, _WRITE_EXECUTE),
    (_IS, 5, 0, _WRITE_EXECUTE),
    (_RETURN, 0, 0, _ALLOW),
    (_LOAD, 0, 0, _PROTECTION),
    (_AND, 0, 0, _EXECUTE),
    (_IS, 1, 0, _EXECUTE),
    (_RETURN, 0, 0, _ALLOW),
    (_RETURN, 0, 0, _REFUSE),
)

if __name__ == "__main__":
    system = ctypes.CDLL(None)
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in _PROGRAM))
    header = ctypes.create_string_buffer(struct.pack("HP", len(_PROGRAM), ctypes.addressof(program)))
    assert system.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    assert system.prctl(_SET_SECCOMP, _FILTER, header, 0, 0) == 0
    try:
        mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except PermissionError:
        os.execv(sys.argv[1], sys.argv[1:])
    sys.exit("the filter does not work")
