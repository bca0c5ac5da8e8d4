"""Needs what is not there."""
import argparse
import surely_not_installed_anywhere

p = argparse.ArgumentParser(description="Needs what is not there")
p.add_argument("--x", type=int, default=1)
p.parse_args()
