"""Linux's seccomp: from now on this process makes none of the listed system calls.

The kernel refuses them with "Operation not permitted", also to code in C, and the
filter cannot be taken back. It needs no privileges. `CALLS` says which calls and why;
everything else stays allowed, since torch and Python need far more than can be listed.
Source: the kernel's documentation, "Seccomp BPF"; seccomp(2); linux/bpf_common.h.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # prctl
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000  # what a filter answers; | an error number
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST, _SECOND = 0, 4, 16, 24  # where the kernel puts what
_THREAD = 0x10000  # CLONE_THREAD
# x32 calls of x86-64 have numbers from here on, and are the same calls once more
_X32 = 0x40000000
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1), "arm64": (0, 1)}
MACHINES["arm64"] = MACHINES["aarch64"]


@dataclass(frozen=True)
class Call:
    """A system call that is refused. numbers: on x86-64 and arm64; None: has none.

    only: "" always; "others" unless its first argument is 0 or this process;
    "processes" unless it makes a thread; "absent" as if the kernel did not know it.
    """

    name: str
    numbers: tuple[int | None, int | None]
    why: str
    only: str = ""


_START = "starts a process, which would outlive the grading and hold its pipes"
_RUN = "runs another program"
_NET = "reaches the network, or the process that forks through its socket"
_TOUCH = "reads or changes another process"
_STOP = "stops another process"
_SLOW = "makes other students' processes slower, or pins them to a core"
_HIDE = "takes memory that the limit on memory does not count"
_WORLD = "changes what the system looks like, and gets around the other guards"
_RING = "does reading, writing and sockets past this filter"
_KERNEL = "loads code into the kernel, or watches it"
_LIMIT = "changes the limits of another process"

CALLS = (
    Call("fork", (57, None), _START),
    Call("vfork", (58, None), _START),
    Call("clone", (56, 220), _START, "processes"),
    # its arguments lie in memory, where no filter looks; glibc then uses clone
    Call("clone3", (435, 435), _START, "absent"),
    Call("execve", (59, 221), _RUN),
    Call("execveat", (322, 281), _RUN),
    Call("socket", (41, 198), _NET),
    Call("socketpair", (53, 199), _HIDE),
    Call("connect", (42, 203), _NET),
    Call("bind", (49, 200), _NET),
    Call("listen", (50, 201), _NET),
    Call("sendto", (44, 206), _NET),
    Call("sendmsg", (46, 211), _NET),
    Call("sendmmsg", (307, 269), _NET),
    Call("ptrace", (101, 117), _TOUCH),
    Call("process_vm_readv", (310, 270), _TOUCH),
    Call("process_vm_writev", (311, 271), _TOUCH),
    Call("process_madvise", (440, 440), _TOUCH),
    Call("pidfd_open", (434, 434), _TOUCH),
    Call("pidfd_getfd", (438, 438), _TOUCH),
    Call("kcmp", (312, 272), _TOUCH),
    Call("kill", (62, 129), _STOP, "others"),
    Call("tkill", (200, 130), _STOP),
    Call("tgkill", (234, 131), _STOP, "others"),
    Call("rt_sigqueueinfo", (129, 138), _STOP, "others"),
    Call("rt_tgsigqueueinfo", (297, 240), _STOP, "others"),
    Call("pidfd_send_signal", (424, 424), _STOP),
    Call("setpriority", (141, 140), _SLOW),
    Call("ioprio_set", (251, 30), _SLOW),
    Call("sched_setaffinity", (203, 122), _SLOW),
    Call("sched_setscheduler", (144, 119), _SLOW),
    Call("sched_setparam", (142, 118), _SLOW),
    Call("sched_setattr", (314, 274), _SLOW),
    Call("prlimit64", (302, 261), _LIMIT, "others"),
    Call("memfd_create", (319, 279), _HIDE),
    Call("memfd_secret", (447, 447), _HIDE),
    Call("shmget", (29, 194), _HIDE),
    Call("msgget", (68, 186), _HIDE),
    Call("semget", (64, 190), _HIDE),
    Call("mq_open", (240, 180), _HIDE),
    Call("add_key", (248, 217), _HIDE),
    Call("mount", (165, 40), _WORLD),
    Call("umount2", (166, 39), _WORLD),
    Call("pivot_root", (155, 41), _WORLD),
    Call("chroot", (161, 51), _WORLD),
    Call("unshare", (272, 97), _WORLD),
    Call("setns", (308, 268), _WORLD),
    Call("open_by_handle_at", (304, 265), _WORLD),
    Call("io_uring_setup", (425, 425), _RING),
    Call("io_uring_enter", (426, 426), _RING),
    Call("io_uring_register", (427, 427), _RING),
    Call("bpf", (321, 280), _KERNEL),
    Call("perf_event_open", (298, 241), _KERNEL),
    Call("userfaultfd", (323, 282), _KERNEL),
    Call("init_module", (175, 105), _KERNEL),
    Call("finit_module", (313, 273), _KERNEL),
    Call("kexec_load", (246, 104), _KERNEL),
)


def refuse_calls() -> bool:
    """Install the filter for good, in this process and its threads. Say if it worked.

    False elsewhere than on Linux on x86-64 and arm64, and where the kernel has no
    seccomp; nothing has changed then.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in MACHINES or sys.maxsize < 2**32:
        return False
    steps = program(machine, os.getpid())
    text = ctypes.create_string_buffer(b"".join(steps))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]

    filter = Program(len(steps), ctypes.addressof(text))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    done = libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(filter), 0, 0)
    return bool(done == 0)


def program(machine: str, own: int) -> list[bytes]:
    """The filter's steps for a machine and this process's number."""
    architecture, column = MACHINES[machine]
    steps = [_step(_LOAD, _MACHINE), _step(_EQUAL, architecture, 1, 0), _no()]
    steps += [_step(_LOAD, _NUMBER), _step(_AT_LEAST, _X32, 0, 1), _no()]
    for call in CALLS:
        number = call.numbers[column]
        if number is not None:
            steps += _for_call(number, call.only, own)
    return [*steps, _step(_RETURN, _ALLOW)]


def _for_call(number: int, only: str, own: int) -> list[bytes]:
    """What to answer to one call. Where it goes on, the number is loaded again."""
    again, yes = _step(_LOAD, _NUMBER), _step(_RETURN, _ALLOW)
    if only == "absent":
        inside = [_step(_RETURN, _REFUSE | errno.ENOSYS)]
    elif only == "processes":
        inside = [_step(_LOAD, _FIRST), _step(_ANY_BIT, _THREAD, 0, 1), yes, _no()]
    elif only == "others":
        inside = [_step(_LOAD, _FIRST), _step(_EQUAL, own, 1, 0)]
        inside += [_step(_EQUAL, 0, 0, 1), yes, _no()]
    else:
        inside = [_no()]
    return [_step(_EQUAL, number, 0, len(inside) + 1), *inside, again]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value & 0xFFFFFFFF)


def _no() -> bytes:
    return _step(_RETURN, _REFUSE | errno.EPERM)


def works() -> bool:
    """Whether this machine can refuse calls; tried in a process that ends at once."""
    if sys.platform != "linux" or platform.machine() not in MACHINES:
        return False
    asked = ctypes.CDLL(None, use_errno=True).prctl(_SET_SECCOMP, _FILTER, None, 0, 0)
    # with no program the answer is "bad address" where the kernel has filters
    return bool(asked == -1 and ctypes.get_errno() == errno.EFAULT)
