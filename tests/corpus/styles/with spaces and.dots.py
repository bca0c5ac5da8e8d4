"""A name with spaces and dots."""
import argparse
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("a file", metavar="FILE", nargs="?")
parser.add_argument("--with-hyphen", default="x y")
args = parser.parse_args()
print(vars(args))
