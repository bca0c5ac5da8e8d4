"""Draw a small graph."""
import argparse

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import networkx as nx

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--nodes", type=int, default=20)
parser.add_argument("--probability", type=float, default=0.2)
parser.add_argument("--seed", type=int)
parser.add_argument("--layout", choices=["spring", "circular"], default="circular")
parser.add_argument("--size", type=float, nargs=2, default=[6, 4], metavar=("WIDTH", "HEIGHT"))
args = parser.parse_args()
g = nx.gnp_random_graph(args.nodes, args.probability, seed=args.seed)
plt.figure(figsize=args.size)
nx.draw(g, getattr(nx, f"{args.layout}_layout")(g))
plt.savefig("graph.png")
print(g)
