"""A server with tools of every kind of result, and a shell as a kernel has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from serving import Server, serving

TOOLS = '''
import time
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import SecretStr

from jupyter_toolrunner import progress, tool
from jupyter_toolrunner.authoring import Accepts


@tool(preload=["pandas", "pyarrow", "networkx"])
def table(rows: int = 3, name: str = "a") -> Any:
    """Make a table."""
    import pandas

    return pandas.DataFrame({"name": [name] * rows, "share": [0.5] * rows})


@tool(preload=["pandas", "pyarrow", "networkx"])
def add_up(data: Annotated[Path, Accepts(".csv")], method: Literal["sum", "mean"] = "sum", loud: bool = False) -> float:
    """Add up the column share."""
    import pandas

    return float(getattr(pandas.read_csv(data)["share"], method)())


@tool
def peek(data: Annotated[Path, Accepts(".parquet")]) -> str:
    """Say how a file begins and what it is called."""
    return data.read_bytes()[:4].decode("latin-1") + " " + data.name


@tool(preload=["pandas", "pyarrow", "networkx"])
def many(count: int = 2) -> Any:
    """Several values, some of them files of their own."""
    import networkx
    import pandas

    return {"series": pandas.Series([1, 2], name="n"), "graph": networkx.path_graph(count), "note": "hello"}


@tool(preload=["pandas", "pyarrow", "networkx"])
def series() -> Any:
    import pandas

    return pandas.Series([1, 2, 3], name="n")


@tool
def picture() -> Any:
    from PIL import Image

    return Image.new("RGB", (4, 3), "red")


@tool
def report(text: str = "hello") -> Path:
    """Leave a file and return where it is."""
    place = Path("report.txt")
    place.write_text(text)
    return place


@tool
def leave_files() -> None:
    """Return nothing."""
    Path("one.txt").write_text("1")


@tool
def enter(user: str, password: SecretStr = SecretStr("")) -> int:
    """Take a secret."""
    return len(password.get_secret_value())


@tool
def give_back(value: int = 0, text: str = "", names: list[str] = []) -> Any:
    """Give back what came."""
    return {"value": value, "text": text, "names": names}


@tool
def wait_for(file: str) -> str:
    while not Path(file).exists():
        time.sleep(0.02)
    return "done"


@tool
def fail(message: str = "so it is") -> None:
    raise ValueError(message)
'''


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    box = tmp_path_factory.mktemp("toolbox") / "box"
    box.mkdir()
    (box / "tools.py").write_text(TOOLS)
    with serving(tmp_path_factory.mktemp("server"), toolboxes=(box,)) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server


@pytest.fixture(autouse=True)
def beside(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server is one of this user's, and nothing is known of it yet."""
    from jupyter_toolrunner.widgets import connection

    for variable in ("TOOLRUNNER_URL", "TOOLRUNNER_API_KEY", "TOOLRUNNER_TOOLBOXES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.folder / "runtime"))
    monkeypatch.setenv("TOOLRUNNER_DATA_DIR", str(server.data_dir))
    connection.forget_client()
    yield
    connection.forget_client()


@pytest.fixture(scope="package", autouse=True)
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "jupyter_toolrunner")
    yield shell
    assert shell.history_manager is not None
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()
