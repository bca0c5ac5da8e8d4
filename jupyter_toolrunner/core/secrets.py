"""What the code of a tool is never given of the environment it is started from."""

from __future__ import annotations

#: What opens the product's own doors, and Jupyter's.
NOT_FOR_TOOLS = (
    "TOOLRUNNER_DATABASE_URL",
    "TOOLRUNNER_REDIS_URL",
    "TOOLRUNNER_ARTIFACTS_URL",
    "TOOLRUNNER_API_KEY",
    "JUPYTER_TOKEN",
    "JPY_API_TOKEN",
    "JUPYTERHUB_API_TOKEN",
)
