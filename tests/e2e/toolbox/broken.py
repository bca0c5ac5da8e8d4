"""A script that cannot be read."""

import argparse

import a_module_that_nobody_has

parser = argparse.ArgumentParser()
parser.add_argument("--name", default=a_module_that_nobody_has.NAME)
parser.parse_args()
