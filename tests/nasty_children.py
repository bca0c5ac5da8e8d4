"""Processes that would rather stay: what a tool may leave behind, as pieces of Python for a script.

The environment's ``MARK`` is there for those that leave no other trace.
"""

from __future__ import annotations

import textwrap

NASTY = {
    "ignores SIGTERM": """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    """,
    "a setsid grandchild that ignores SIGTERM": """
        subprocess.Popen(["setsid", "sh", "-c", "trap '' TERM HUP INT; while :; do sleep 1; done"])
    """,
    "double fork": """
        if os.fork() == 0:
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
        os.wait()
    """,
    "daemon": """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for n in range(3, 256):
                    try: os.close(n)
                    except OSError: pass
                null = os.open("/dev/null", os.O_RDWR)
                for n in range(3): os.dup2(null, n)
                os.chdir("/")
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(1000)
            os._exit(0)
        os.wait()
    """,
    "holds the pipe": """
        subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 1000; sleep 1000"], start_new_session=True)
    """,
    "stops itself": """
        if os.fork() == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(1000)
    """,
    "forks in a loop": """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(60):
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_IGN)
                until = time.monotonic() + 60
                while time.monotonic() < until:
                    if os.fork() != 0:
                        os._exit(0)
                    os.setsid()
                    time.sleep(0.01)
                os._exit(0)
    """,
    "a pool of processes": """
        import multiprocessing
        ignore = (signal.SIGTERM, signal.SIG_IGN)
        pool = multiprocessing.get_context("fork").Pool(4, initializer=signal.signal, initargs=ignore)
        pool.map_async(time.sleep, [1000] * 4)
    """,
    "has a clean environment": """
        subprocess.Popen(["setsid", "env", "-i", "sh", "-c", "trap '' TERM; sleep 1000; # " + os.environ["MARK"]])
    """,
    "stops its parent": """
        os.kill(os.getppid(), signal.SIGSTOP)
    """,
}
PREAMBLE = "import os, signal, subprocess, sys, time\n"


def source(kind: str, ending: str) -> str:
    """A script that starts such processes, says so, and goes on with the ending."""
    return f"{PREAMBLE}{textwrap.dedent(NASTY[kind])}\nprint('ready', flush=True)\n{ending}\n"
