"""Check that every link has a page."""
import os
import re
import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser

ROOT = os.path.join(os.path.dirname(__file__), "..")


def build():
    p = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    p.add_argument("--strict", action="store_true", help="fail where a page is missing")
    p.add_argument("--ignore", action="append", default=[], metavar="PAGE", help="pages that may be missing")
    p.add_argument("--level", choices=("info", "warning", "error"), default="warning", help="what to report")
    return p


if __name__ == "__main__":
    a = build().parse_args()
    known, wanted = set(), set()
    for folder, _, names in os.walk(os.path.join(ROOT, "data")):
        for n in names:
            known.add(n.rsplit(".", 1)[0])
            with open(os.path.join(folder, n), encoding="utf-8") as f:
                wanted |= set(re.findall(r"\[\[([^\]|]+)", f.read()))
    missing = sorted(wanted - known - set(a.ignore))
    for m in missing:
        print(f"{a.level}: no page {m}")
    sys.exit(2 if a.strict and missing else 0)
