"""Sum of numbers, also negative ones."""
import argparse
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("values", type=float, nargs="+", help="numbers")
p.add_argument("--weights", type=float, nargs="+")
p.add_argument("--round", type=int, default=None, help="digits")
a = p.parse_args()
s = sum(v * w for v, w in zip(a.values, a.weights or [1] * len(a.values)))
print(s if a.round is None else round(s, a.round))
