"""The same with typer."""
import enum
import sys

import typer
from surely import something

app = typer.Typer()


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@app.command()
def one(word: str, size: Size = Size.SMALL):
    """The first."""


@app.command()
def two(count: int = something.COUNT):
    """The second."""


app()
