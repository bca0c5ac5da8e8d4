"""Chores of whoever works on this package, one command each: ``python -m jupyter_toolrunner.dev``."""
