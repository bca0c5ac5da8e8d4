"""Made from ``_async/__init__.py`` by ``python -m jupyter_toolrunner.dev generate``; edit that."""
