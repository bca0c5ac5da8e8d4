"""Tools that take all that there is, and the limits that keep them from it: no machine is to suffer from a test."""

from __future__ import annotations

#: Variables of a server.
LIMITS = {
    "TOOLRUNNER_MEMORY_LIMIT": "300 MB",
    "TOOLRUNNER_OUTPUT_LIMIT": "100 MB",
    "TOOLRUNNER_PROCESS_LIMIT": "64",
    "TOOLRUNNER_LOG_LIMIT": "2 MB",
    "TOOLRUNNER_TIME_LIMIT": "20",
}
SOURCE = '''"""Tools that take all that there is."""
import itertools, os, time
from jupyter_toolrunner import tool

@tool
def memory_hog() -> None:
    """As fast as it can."""
    kept = []
    while len(kept) < 200:
        kept.append(bytearray(b"x") * 20_000_000)

@tool
def fork_bomb() -> None:
    """1,110 processes at most, whatever becomes of the limit."""
    bomb(3)

def bomb(generations: int) -> None:
    for _ in range(10 if generations else 0):
        if os.fork() == 0:
            bomb(generations - 1)
    time.sleep(30)
    os._exit(0)

@tool
def disk_filler() -> None:
    """4 GB at most."""
    for n in range(800):
        with open(f"{n:05}.bin", "wb") as file:
            file.write(bytes(5_000_000))

@tool
def endless_printer() -> None:
    while True:
        print("x" * 1000)

@tool(time_limit=2)
def spinner() -> None:
    while True:
        pass

@tool
def noop() -> None:
    """Do nothing."""
'''
#: What each ends with, and a part of what its error says.
ENDS = {
    "memory_hog": ("memory", "of memory, and 300 MB is its limit"),
    "fork_bomb": ("processes", "and 64 is its limit"),
    "disk_filler": ("output_limit", "in files, and 100 MB is its limit"),
    "endless_printer": ("output_limit", "its log is kept up to 2 MB"),
    "spinner": ("timeout", ", and 2 s is its time limit."),
}
