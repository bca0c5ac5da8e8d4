"""A Python kernel, forked from a process that has imported all that it is made of."""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import importlib
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Mapping
from typing import Any, NoReturn

import ipykernel_launcher
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from tornado.ioloop import IOLoop
from zmq import XPUB_NODROP

from . import ending, failure, shadowing, wire
from .kernel_between import LOG_DESCRIPTOR, Between

#: Characters of each stream that a cell keeps in the notebook; the log has all.
KEPT_TEXT = 1 << 20
#: Left out where a version does not have them.
_LATE = (
    "encodings.unicode_escape",
    "ipykernel.kernelspec",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "pdb",
    "sqlite3",
    "tornado.platform.asyncio",
)
_STREAMS = {"stdout": 1, "stderr": 2}
#: Seconds in which others of its run may hear what it has shown before it ends as it is told.
_LAST_WORDS = 0.3


class CellStream(OutStream):
    """What cells print: into the log at once and all of it, into the notebook as much as a reader can bear."""

    def __init__(self, session: Any, pub_thread: Any, name: str, **_: Any) -> None:
        super().__init__(session, pub_thread, name, watchfd=False)
        self._cell: Any = None
        self._sent = 0

    def fileno(self) -> int:
        return _STREAMS[self.name]

    def write(self, string: str) -> int:
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string).__name__}")
        data = string.encode("utf-8", "backslashreplace")
        _write_all(LOG_DESCRIPTOR, data)
        if (cell := self.parent_header.get("msg_id")) != self._cell:
            self._cell, self._sent = cell, 0
        # One more than is kept, so that whoever keeps it knows that there was more.
        room = KEPT_TEXT + 1 - self._sent
        if room > 0:
            # Half surrogate pairs have no place in a message.
            text = string if string.isascii() else data.decode()
            self._sent += len(text)
            super().write(text[:room])
        return len(string)


def logged_result(data: Mapping[str, Any]) -> str:
    """What the log has of a result: its text; ``<Figure size 640x480>`` says nothing."""
    text = data.get("text/plain")
    if not isinstance(text, str) or not text or (text.startswith("<") and text.endswith(">")):
        return ""
    return f"{text}\n"


def _log_result(message: dict[str, Any]) -> dict[str, Any]:
    """Here and not where the message arrives: there it would come between what is printed later."""
    if message["msg_type"] in ("execute_result", "display_data"):
        text = logged_result(message["content"]["data"])
        _write_all(LOG_DESCRIPTOR, text.encode("utf-8", "backslashreplace"))
    return message


def import_ahead() -> None:
    """What a kernel imports only when it starts; without the debugger, which nobody attaches to a run."""
    for name in _LATE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if "ipykernel.debugger" not in sys.modules:
        kept = sys.modules.get("debugpy")
        sys.modules["debugpy"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("ipykernel.debugger")
        finally:
            del sys.modules["debugpy"]
            if kept is not None:
                sys.modules["debugpy"] = kept


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    # Without a log there is nobody to tell.
    with contextlib.suppress(OSError):
        while view:
            view = view[os.write(descriptor, view[: 1 << 16]) :]


def serve(connection_file: str, folder: str, line: socket.socket) -> NoReturn:
    """Be a kernel until the other end of the line closes; never returns."""
    code = 1
    try:
        os.dup2(1, LOG_DESCRIPTOR)
        faulthandler.enable(LOG_DESCRIPTOR)
        os.chdir(folder)
        shadowing.forget_shadowed(folder)
        sys.argv = [ipykernel_launcher.__file__, "-f", connection_file]
        sys.orig_argv = [sys.executable, *sys.argv]
        app = _started(connection_file)
        between = Between(app)
        IOLoop.current().add_handler(line, lambda *_: _obey(line, between), IOLoop.READ)
        # Once it listens, and not before.
        IOLoop.current().add_callback(wire.send, line, {"done": True})
        app.start()
        code = 0
    except BaseException as error:
        failure.show(error)
    finally:
        ending.leave(code)


def _obey(line: socket.socket, between: Between) -> None:
    """What the run's process wants, while no cell runs.

    That it ends is no message to the kernel: its threads sometimes wait for each other when they end so, ten seconds long.
    """
    try:
        message, descriptors = wire.receive(line, descriptors=2)
        wire.send(line, {"done": between.obey(message, descriptors)})
    except Exception as error:
        if not isinstance(error, wire.Closed):
            failure.show(error)
        IOLoop.current().stop()


def _started(connection_file: str) -> IPKernelApp:
    app = IPKernelApp.instance(
        outstream_class=f"{__name__}.{CellStream.__name__}",
        # As if somebody looked after it who needs no polling.
        parent_handle=1,
    )
    app.initialize(["-f", connection_file, "--HistoryManager.hist_file=:memory:"])
    # A cell that shows more than is taken in waits, and nothing of it is dropped. Sockets belong to their threads.
    iopub = app.iopub_thread
    iopub.schedule(lambda: iopub.socket.setsockopt(XPUB_NODROP, 1))
    for name, descriptor in _STREAMS.items():
        _watch(descriptor, getattr(sys, name))
    shell: Any = app.shell
    shell.display_pub.register_hook(_log_result)
    shell.displayhook.register_hook(_log_result)
    # A cell may end the notebook: whoever runs it is told, and ends the kernel when all of the cell has arrived.
    shell.ask_exit = lambda: shell.payload_manager.write_payload({"source": "ask_exit", "keepkernel": False})
    warnings.filterwarnings("ignore", "To exit: use", UserWarning)
    _end_when_heard()
    # Whoever listened has heard all by then, and the system closes what is open.
    atexit.unregister(app.close)
    atexit.unregister(app.iopub_thread.stop)
    return app


def _end_when_heard() -> None:
    """Told to end, which all processes of a run are at once, it first lets its other threads send what cells have shown."""

    def end(number: int, _frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        # The run's process hears it meanwhile and ends, and this one with it.
        time.sleep(_LAST_WORDS)
        os.kill(os.getpid(), number)

    def forget() -> None:
        if signal.getsignal(signal.SIGTERM) is end:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    signal.signal(signal.SIGTERM, end)
    # A cell's own processes end at once.
    os.register_at_fork(after_in_child=forget)


def _watch(descriptor: int, stream: OutStream) -> None:
    """What other programs and C write to a descriptor is a cell's output too."""
    reader, writer = os.pipe()
    os.dup2(writer, descriptor)
    os.close(writer)

    def forward() -> None:
        while data := os.read(reader, 1 << 16):
            stream.write(data.decode("utf-8", "backslashreplace"))

    threading.Thread(target=forward, name=f"Output-{descriptor}", daemon=True).start()
