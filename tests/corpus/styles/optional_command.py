"""A command that may be left out, and options of the same name with other defaults."""
import argparse
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--count", type=int, default=1)
s = p.add_subparsers(dest="what")
a = s.add_parser("one", help="the first")
a.add_argument("--count", type=int, default=10)
a.add_argument("--only-one")
b = s.add_parser("two", help="the second")
b.add_argument("values", nargs="+", type=int)
n = p.parse_args()
print(n)
