"""Never gets to its parser."""
import argparse
while True:
    pass
p = argparse.ArgumentParser()
p.add_argument("--never", type=int, default=1, help="read from the text")
p.parse_args()
