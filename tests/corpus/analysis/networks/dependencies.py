"""Which installed package needs which."""
import argparse
import importlib.metadata
import json
import re

import networkx as nx


def graph():
    g = nx.DiGraph()
    for d in importlib.metadata.distributions():
        g.add_node(d.metadata["Name"].lower())
        for r in d.requires or []:
            if "extra ==" not in r:
                g.add_edge(d.metadata["Name"].lower(), re.split(r"[^\w.-]", r)[0].lower())
    return g


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", nargs="?", help="only what this one needs")
    parser.add_argument("--measure", choices=["pagerank", "degree", "betweenness"], default="degree")
    parser.add_argument("--top", type=int, default=10)
    args = parser.parse_args()
    g = graph()
    if args.package:
        g = g.subgraph(nx.descendants(g, args.package) | {args.package})
    measures = {"pagerank": nx.pagerank, "degree": lambda g: dict(g.degree), "betweenness": nx.betweenness_centrality}
    top = sorted(measures[args.measure](g).items(), key=lambda x: -x[1])[: args.top]
    with open("dependencies.json", "w") as f:
        json.dump(top, f)
    for name, value in top:
        print(f"{value:.4g}\t{name}")
