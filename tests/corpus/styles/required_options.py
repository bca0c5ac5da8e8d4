"""Options that must be given."""
import argparse
p = argparse.ArgumentParser(description=__doc__, usage="%(prog)s --in FILE --out FILE")
p.add_argument("--in", dest="input", required=True, help="what to read")
p.add_argument("--out", required=True)
p.add_argument("--mode", required=True, choices=["copy", "move"])
p.add_argument("--levels", type=int, nargs=2, required=True)
a = p.parse_args()
print(a.mode, a.input, a.out, a.levels)
