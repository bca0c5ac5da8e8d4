from jupyter_toolrunner import tool
from shared.helper import DEFAULT


@tool
def helped(value: str = DEFAULT) -> str:
    """Uses a helper module in a package beside it."""
    return value
