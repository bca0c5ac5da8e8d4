"""Every kind of parameter that typer has; prints what it got."""
import datetime
import enum
import json
import uuid
from pathlib import Path
from typing import Annotated, List, Optional, Tuple

import typer


class Size(str, enum.Enum):
    small = "small one"
    large = "large one"


def shown(value):
    if isinstance(value, (list, tuple)):
        return [shown(each) for each in value]
    if isinstance(value, enum.Enum):
        return value.value
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def main(
    word: str,
    size: Size = Size.small,
    sizes: Annotated[Optional[List[Size]], typer.Option(help="Several sizes.")] = None,
    count: Annotated[int, typer.Option("--count", "-c", min=0, max=10, help="How often.")] = 1,
    ratio: Optional[float] = None,
    force: bool = False,
    cache: bool = True,
    verbose: Annotated[int, typer.Option("-v", count=True)] = 0,
    tags: List[str] = ["a"],
    point: Tuple[int, int] = (1, 2),
    path: Annotated[Optional[Path], typer.Option(exists=True, dir_okay=False)] = None,
    output: Path = Path("out.txt"),
    moment: Optional[datetime.datetime] = None,
    day: Annotated[Optional[datetime.datetime], typer.Option(formats=["%Y-%m-%d"])] = None,
    ident: Optional[uuid.UUID] = None,
    user: Annotated[str, typer.Option(envvar="CORPUS_USER")] = "nobody",
    password: Annotated[str, typer.Option(prompt=True, hide_input=True)] = "",
    rest: Annotated[Optional[List[str]], typer.Argument(help="All the rest.")] = None,
):
    """Show what arrives."""
    print(json.dumps({name: shown(value) for name, value in locals().items()}))


if __name__ == "__main__":
    typer.run(main)
