# options from a table, as some like it
import argparse
OPTIONS = [
    (("-a", "--alpha"), dict(type=float, default=0.1, help="learning rate")),
    (("-b", "--batch"), dict(type=int, default=32)),
    (("--layers",), dict(type=int, nargs="+", default=[64, 32])),
    (("--optimizer",), dict(choices=["sgd", "adam"], default="adam")),
    (("--dry-run",), dict(action="store_true")),
]
parser = argparse.ArgumentParser(description="Train nothing")
for flags, options in OPTIONS:
    parser.add_argument(*flags, **options)
if __name__ == "__main__":
    args = parser.parse_args()
    print(args.alpha, args.batch, args.layers, args.optimizer, args.dry_run)
