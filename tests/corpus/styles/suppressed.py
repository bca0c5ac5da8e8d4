"""Hidden things."""
import argparse
import sys
p = argparse.ArgumentParser(description=__doc__, argument_default=argparse.SUPPRESS)
p.add_argument("--hidden", help=argparse.SUPPRESS, default="secret default")
p.add_argument("--api-key", help="goes nowhere")
p.add_argument("--name")
p.add_argument("--input", type=argparse.FileType("r"), default=sys.stdin)
p.add_argument("--output", type=argparse.FileType("w"), default=sys.stdout)
p.add_argument("--function", action="store_const", const=sum, default=max)
p.add_argument("--things", default={"b", "a"})
args = p.parse_args()
print(sorted(k for k in vars(args)), file=args.output)
