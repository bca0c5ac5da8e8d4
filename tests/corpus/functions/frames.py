from jupyter_toolrunner import tool
import pandas as pd


@tool
def head(table: pd.DataFrame, rows: int = 5) -> pd.DataFrame:
    """First rows of a table."""
    return table.head(rows)


@tool
def make(rows: int = 5, columns: list[str] = ["a", "b"]) -> pd.DataFrame:
    """A table of numbers."""
    return pd.DataFrame({c: range(rows) for c in columns})
