"""Write down exactly what came in."""

import argparse
import json
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("first", nargs="?", default="nothing")
parser.add_argument("--text", default="")
parser.add_argument("--names", nargs="*", default=[])
Path("said.json").write_text(json.dumps(vars(parser.parse_args())), encoding="ascii")
