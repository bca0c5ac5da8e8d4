import argparse, os
p = argparse.ArgumentParser(description="Is gone without a word")
p.add_argument("--code", type=int, default=9)
os._exit(9)
p.parse_args()
