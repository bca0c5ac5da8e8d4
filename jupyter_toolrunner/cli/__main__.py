"""``python -m jupyter_toolrunner.cli``, where the command is not on the path."""

import sys

from . import main

sys.exit(main())
