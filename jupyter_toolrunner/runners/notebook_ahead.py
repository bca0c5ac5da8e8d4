"""What every run of a notebook needs, imported by its zygote before anything of a tool."""

from __future__ import annotations

import os

# Before matplotlib is imported, which remembers it: in a notebook pictures belong to the cell.
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

from .. import notebooks
from . import kernel_process, notebook_run  # noqa: F401

notebooks.translators()
kernel_process.import_ahead()
