"""Join two CSV files."""
import argparse
import pandas as pd
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("left", type=argparse.FileType("r"))
parser.add_argument("right", type=argparse.FileType("r"))
parser.add_argument("--on", nargs="+", required=True, help="columns")
parser.add_argument("--how", default="inner", choices=["inner", "left", "right", "outer"])
parser.add_argument("-o", "--output", type=argparse.FileType("w"), default="-")
args = parser.parse_args()
pd.read_csv(args.left).merge(pd.read_csv(args.right), on=args.on, how=args.how).to_csv(args.output, index=False)
