"""Options that look like numbers, and numbers that are negative."""
import argparse
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("-1", "--one", dest="one", action="store_true", help="one column")
p.add_argument("--shift", type=int, default=-1)
p.add_argument("--low", type=float, default=-1.5)
p.add_argument("values", type=float, nargs="*")
a = p.parse_args()
print(a.one, a.shift, a.low, a.values)
