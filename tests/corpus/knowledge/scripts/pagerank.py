import argparse, json, os, re, sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
parser = argparse.ArgumentParser("pagerank", description="Rank pages by their links")
parser.add_argument("--damping", type=float, default=0.85, help="chance to follow a link (%(default)s)")
parser.add_argument("--iterations", type=int, default=50)
parser.add_argument("--top", type=int, default=10, choices=range(1, 101), metavar="N", help="how many to print")
parser.add_argument("--tolerance", type=float, default=1e-6)
args = parser.parse_args()

links = {}
for folder, _, names in os.walk(os.path.join(HERE, "data")):
    for name in sorted(names):
        if name.endswith(".md"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                links[name[:-3]] = re.findall(r"\[\[([^\]|]+)", f.read())
ranks = {page: 1 / len(links) for page in links}
for _ in range(args.iterations):
    new = {page: (1 - args.damping) / len(links) for page in links}
    for page, targets in links.items():
        known = [t for t in targets if t in links]
        for target in known:
            new[target] += args.damping * ranks[page] / len(known)
    change = sum(abs(new[p] - ranks[p]) for p in links)
    ranks = new
    if change < args.tolerance:
        break
os.makedirs(os.path.join(HERE, "reports"), exist_ok=True)
with open(os.path.join(HERE, "reports", "ranks.json"), "w", encoding="utf-8") as f:
    json.dump(ranks, f)
for page, rank in sorted(ranks.items(), key=lambda item: -item[1])[: args.top]:
    print(f"{rank:.4f} {page}")
sys.exit(0)
