"""Every nargs there is."""
import argparse
import json

p = argparse.ArgumentParser(description=__doc__)
p.add_argument("first")
p.add_argument("pair", nargs=2, type=int)
p.add_argument("rest", nargs="*", default=["x"])
p.add_argument("--one", nargs=1)
p.add_argument("--maybe", nargs="?", const="given", default="absent")
p.add_argument("--level", nargs="?", type=int, const=5)
p.add_argument("--log", nargs="?", const=True, default=False, metavar="FILE")
p.add_argument("--many", nargs="*", type=float)
p.add_argument("--some", nargs="+")
p.add_argument("--point", nargs=3, type=float, default=(0.0, 0.0, 1.5), metavar=("X", "Y", "Z"))
print(json.dumps(vars(p.parse_args())))
