"""Functions for others; not a tool."""


def twice(x):
    return 2 * x
