"""The database's clock, for leases: hosts need not agree on the time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class now_seconds(FunctionElement[float]):  # noqa: N801 - reads as the SQL function that it is
    """Unix seconds as the database sees them."""

    type = Float()
    name = "now_seconds"
    inherit_cache = True


@compiles(now_seconds)
def _standard(element: Any, compiler: Any, **options: Any) -> str:
    return "extract(epoch from clock_timestamp())"


@compiles(now_seconds, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    # unixepoch('subsec') needs SQLite 3.42; Debian 12 has 3.40.
    return "((julianday('now') - 2440587.5) * 86400.0)"
