"""Functions that give back what they were given."""

import datetime
import time
from pathlib import Path
from typing import Any, Literal

from jupyter_toolrunner import progress, tool


@tool(category="Echo")
def nasty(text: str, count: int = 3, share: float = 0.85, note: str | None = None) -> dict[str, Any]:
    """Give back what came.

    Args:
        text: Any text at all.
        count: A whole number.
        share: A number.
        note: A text or none.
    """
    return {"text": text, "count": count, "share": share, "note": note, "length": len(text)}


@tool(category="Echo")
def every_kind(
    name: str,
    day: datetime.date = datetime.date(2026, 11, 22),
    mood: Literal["calm", "quick", "good"] = "calm",
    names: list[str] = ["a", "b"],  # noqa: B006 - only read
    loud: bool = False,
    table: Path | None = None,
    size: int | None = None,
) -> dict[str, Any]:
    """Have a field of every kind.

    Args:
        day: When.
        names: Several texts.
        table: A file.
    """
    return {"name": name, "day": day.isoformat(), "mood": mood, "names": names, "loud": loud, "table": str(table), "size": size}


@tool(category="Echo")
def slow(seconds: float = 30.0) -> str:
    """Take a while, and say how far it is."""
    import time

    steps = max(1, int(seconds * 10))
    for step in range(steps):
        progress(step, steps, f"step {step}")
        time.sleep(0.1)
    return "done"


@tool(category="Echo")
def files() -> str:
    """Leave a file of each kind that has a preview."""
    Path("table.csv").write_text("name,value\n" + "".join(f"row {i},{i * 1.5}\n" for i in range(2500)), "utf-8")
    Path("page.md").write_text("# A page\n\nSome *text* <script>window.broken = true</script> and a [link](https://example.org).\n", "utf-8")
    Path("tree.json").write_text('{"list": [1, 2, 3], "text": "x", "nested": {"deep": {"deeper": null}}}', "utf-8")
    Path("plain.txt").write_text("one\ntwo\nthree\n", "utf-8")
    Path("picture.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="120"><rect width="200" height="120" fill="#4878a8"/>'
        "<script>window.broken = true</script></svg>",
        "utf-8",
    )
    Path("page.html").write_text("<h1>A page</h1><script>parent.broken = true</script>", "utf-8")
    Path("data.bin").write_bytes(bytes(range(256)))
    return "files"


@tool(reuse=True)
def thrice(n: int = 1, seconds: float = 0.0) -> int:
    """Three times the number, which is the same each time."""
    time.sleep(seconds)
    return 3 * n
