"""What the scripts of this folder share."""
import argparse
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
REPORTS = ROOT / "reports"
LINK = re.compile(r"\[\[([^\]|]+)(?:\|[^\]]*)?\]\]")


def pages(folder=DATA):
    for path in sorted(Path(folder).rglob("*.md")):
        yield path, path.read_text(encoding="utf-8")


def make_parser(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with pages")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder for reports")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more")
    return parser
