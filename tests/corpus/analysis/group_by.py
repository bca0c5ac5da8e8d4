"""Group a table that is made on the spot."""
import argparse
import numpy as np, pandas as pd
ap = argparse.ArgumentParser(description=__doc__)
ap.add_argument("--rows", type=int, default=np.int64(1000).item())
ap.add_argument("--groups", type=int, default=3)
ap.add_argument("--how", dest="function", choices=["mean", "sum"], default="mean")
ap.add_argument("--seed", type=int, default=np.int64(0))
a = ap.parse_args()
rng = np.random.default_rng(int(a.seed))
df = pd.DataFrame({"g": rng.integers(0, a.groups, a.rows), "x": rng.normal(size=a.rows)})
df.groupby("g")["x"].agg(a.function).to_json("groups.json")
print(df.groupby("g")["x"].agg(a.function))
