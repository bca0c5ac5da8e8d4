"""Choices of all kinds."""
import argparse
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("size", type=int, choices=[1, 2, 4, 8])
p.add_argument("--port", type=int, choices=range(1, 65536), default=8080, metavar="PORT")
p.add_argument("--step", type=int, choices=range(0, 100, 5), default=10)
p.add_argument("--ratio", type=float, choices=(0.25, 0.5, 1.0), default=0.5)
p.add_argument("--letter", choices="abc")
p.add_argument("--from", dest="source", choices={"web": 1, "disk": 2}, default="disk")
p.add_argument("--several", nargs="+", choices=["x", "y", "-z"])
p.add_argument("--odd", choices=["a b", 'q"q', "", "ё", "--dash"], default="a b")
a = p.parse_args()
print(vars(a))
