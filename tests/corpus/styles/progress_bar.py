"""Works for a while and shows a bar."""
import argparse
import time

from tqdm import tqdm

p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--steps", type=int, default=20)
p.add_argument("--delay", type=float, default=0.001)
a = p.parse_args()
for _ in tqdm(range(a.steps), desc="working"):
    time.sleep(a.delay)
print("done")
