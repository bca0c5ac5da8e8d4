"""What an analyst does in a notebook: make a table, draw it, wait."""

import time
from pathlib import Path
from typing import Annotated, Any

from jupyter_toolrunner import tool
from jupyter_toolrunner.authoring import Accepts


@tool(category="Notebooks", preload=["pandas", "pyarrow"])
def harvest(rows: int = 3, crop: str = "rye") -> Any:
    """Make a table of yields."""
    import pandas

    return pandas.DataFrame({"field": range(rows), "tons": [1.5 * row for row in range(rows)], "crop": crop})


@tool(category="Notebooks", preload=["pandas", "matplotlib.figure"])
def draw_harvest(table: Annotated[Path, Accepts(".csv", "text/csv")]) -> Any:
    """Draw the yields of each field."""
    import pandas
    from matplotlib.figure import Figure

    frame = pandas.read_csv(table)
    figure = Figure(figsize=(3, 2))
    figure.subplots().bar(frame["field"], frame["tons"])
    return figure


@tool(category="Notebooks")
def wait_until(file: str) -> str:
    """Wait for a file."""
    print("waiting", flush=True)
    while not Path(file).exists():
        time.sleep(0.02)
    return "there"
