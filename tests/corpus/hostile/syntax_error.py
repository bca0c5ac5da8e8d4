"""Has an error."""
import argparse
p = argparse.ArgumentParser(
p.add_argument("--x")
