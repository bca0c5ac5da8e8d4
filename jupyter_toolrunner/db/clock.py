"""Times as the database reckons with them: its clock, for leases (hosts need not agree on the time), and differences."""

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


class seconds_between(FunctionElement[float]):  # noqa: N801 - reads as the SQL function that it is
    """Seconds from the first time to the second."""

    type = Float()
    name = "seconds_between"
    inherit_cache = True


@compiles(seconds_between)
def _difference(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(EXTRACT(epoch FROM {end} - {start}) AS FLOAT)"


@compiles(seconds_between, "sqlite")
def _sqlite_difference(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"((julianday({end}) - julianday({start})) * 86400.0)"
