from jupyter_toolrunner import tool
import surely_not_installed_anywhere


@tool
def first(x: int) -> int:
    """Never read."""
    return x


@tool
def second(y: str) -> str:
    return y
