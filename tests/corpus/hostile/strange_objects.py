"""Objects that fail when they are looked at."""
import argparse


class Nasty:
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__

    def __eq__(self, other):
        raise ValueError("no comparing")

    def __bool__(self):
        raise ValueError("no truth")

    __hash__ = object.__hash__


class Endless:
    def __contains__(self, x):
        return True

    def __iter__(self):
        n = 0
        while True:
            yield n
            n += 1


p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--nasty", default=Nasty())
p.add_argument("--endless", type=int, choices=Endless(), metavar="N", default=3)
p.add_argument("--help-me", help="100% wrong %(nothing)s")
p.add_argument("--infinite", type=float, default=float("inf"))
p.add_argument("--surrogate", default="half \ud83d", help="half a \udc00 pair")
p.add_argument("--huge", default="x" * 1_000_000)
p.add_argument("--plain", default="fine")
a = p.parse_args()
print(a.plain)
