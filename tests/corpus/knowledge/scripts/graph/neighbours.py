"""Pages around a page."""
from __future__ import annotations

import argparse
import dataclasses
import os
import re


@dataclasses.dataclass
class Options:
    page: str
    depth: int
    back: bool


def options() -> Options:
    parser = argparse.ArgumentParser(description="Pages around a page", epilog="Written on a Sunday.")
    parser.add_argument("page")
    parser.add_argument("depth", type=int, nargs="?", default=1)
    parser.add_argument("--no-back", dest="back", action="store_false", help="only links that lead away")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    o = options()
    base = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    links = {}
    for folder, _, names in os.walk(os.path.join(base, "data")):
        for n in names:
            with open(os.path.join(folder, n), encoding="utf-8") as f:
                links[n.removesuffix(".md")] = set(re.findall(r"\[\[([^\]|]+)", f.read()))
    near = {o.page}
    for _ in range(o.depth):
        near |= {t for p in near for t in links.get(p, ())}
        if o.back:
            near |= {p for p, ts in links.items() if ts & near}
    print("\n".join(sorted(near)))
