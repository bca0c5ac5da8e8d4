"""A warm process between two runs: as it was before the first, but for what its tool keeps. Standard library alone."""

from __future__ import annotations

# As in `child`: without its enums.
import _signal  # type: ignore[import-not-found]
import faulthandler
import gc
import os
import sys
import time
from typing import Any

from .. import authoring
from . import linux, open_files, process_tree

#: Seconds after which a process that nobody asks for ends.
IDLE = 900.0
#: Seconds that its exit functions and finalizers have then.
LAST_WORDS = 5
#: Milliseconds in which a thread that was waited for is really gone.
_GOING = 10
_TIMERS = (_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF)


class Parking:
    """Made before the first run; knows what each later one shall meet again."""

    def __init__(self, control: int) -> None:
        self._control = control
        self._environment = dict(os.environb)
        self._handlers = {number: _signal.getsignal(number) for number in _signal.valid_signals()}
        self._umask = os.umask(0o022)
        os.umask(self._umask)
        #: Whether the garbage collector does not look at what older runs left.
        self.frozen = False

    def enter(self, companion: int | None = None) -> bool:
        """Let go of what others wait for; False where the process cannot serve another run.

        ``companion``: the one child that stays.
        """
        if not (has_no_child(companion) and is_alone(1)):
            return False
        authoring.flush_progress()
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        # As at the end of any run: files that only finalizers complete are whole before the run is over.
        gc.collect()
        # What the tool had put in place of the streams may have closed them when it went.
        if not _has_streams():
            return False
        open_files.flush()
        linux.flush_c_streams()
        # Where nothing can be made: what an exit function writes later belongs to no run.
        os.chdir("/proc/self")
        self._let_go_of_channels()
        return True

    def restore(self) -> None:
        """Become as before; while the end of the run is already written down."""
        self._restore_signals()
        self._restore_environment()
        os.umask(self._umask)
        authoring.forget_channel()
        if not self.frozen:
            open_files.freeze()
            self.frozen = True

    def _restore_signals(self) -> None:
        for timer in _TIMERS:
            _signal.setitimer(timer, 0)
        faulthandler.cancel_dump_traceback_later()
        _signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            if handler is not None and _signal.getsignal(number) != handler:
                _signal.signal(number, handler)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())

    def _restore_environment(self) -> None:
        now = dict(os.environb)
        for name in now.keys() - self._environment.keys():
            del os.environb[name]
        for name, value in self._environment.items():
            if now.get(name) != value:
                os.environb[name] = value
        tempfile: Any = sys.modules.get("tempfile")
        if tempfile is not None:
            tempfile.tempdir = None

    def _let_go_of_channels(self) -> None:
        nowhere = os.open(os.devnull, os.O_RDWR)
        taken = (0, 1, 2, self._control)
        for descriptor in taken:
            os.dup2(nowhere, descriptor)
        # Where the tool had closed one of them, it came back by the opening.
        if nowhere in taken:
            os.set_inheritable(nowhere, True)
        else:
            os.close(nowhere)


def _has_streams() -> bool:
    try:
        return all(stream is not None and not stream.closed for stream in (sys.__stdout__, sys.__stderr__))
    except ValueError:
        # What one of them wrote to was taken from it.
        return False


def has_no_child(companion: int | None = None) -> bool:
    """Whether this process has no child, but for that one."""
    if companion is not None:
        return process_tree.children_of(os.getpid()) == {companion}
    try:
        os.waitpid(-1, os.WNOHANG | linux.WALL)
        return False
    except ChildProcessError:
        return True


def is_alone(threads: int) -> bool:
    """Whether no other thread of Python's goes on than so many. Sleeping threads of numerical libraries may stay: they
    work only when they are called.
    """
    for _ in range(_GOING):
        if len(sys._current_frames()) <= threads:
            return True
        threading: Any = sys.modules.get("threading")
        if threading is None or threading.active_count() > threads:
            return False
        time.sleep(0.001)
    return False
