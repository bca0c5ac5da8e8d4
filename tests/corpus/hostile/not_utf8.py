# -*- coding: utf-8 -*-
import argparse
x = "ÿþ"
argparse.ArgumentParser().parse_args()
