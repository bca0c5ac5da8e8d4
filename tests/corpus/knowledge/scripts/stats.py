# no docstring here, the description is in the parser
import argparse, datetime, json, pathlib
root = pathlib.Path(__file__).absolute().parent.parent
def parse():
    ap = argparse.ArgumentParser(description="Numbers about the knowledge base")
    ap.add_argument("--date", default=datetime.date.today().isoformat(), help="date of the report")
    ap.add_argument("--since", type=datetime.date.fromisoformat, default=datetime.date(2020, 1, 1))
    ap.add_argument("--json", dest="as_json", action="store_true")
    ap.add_argument("--fields", nargs="+", choices=["pages", "words", "bytes"], default=["pages", "words"])
    return ap.parse_args()
def main():
    a = parse()
    texts = [p.read_text(encoding="utf-8") for p in (root / "data").rglob("*.md")]
    all_ = {"pages": len(texts), "words": sum(len(t.split()) for t in texts), "bytes": sum(len(t.encode()) for t in texts)}
    out = {k: all_[k] for k in a.fields}
    out["date"] = a.date
    (root / "reports").mkdir(exist_ok=True)
    (root / "reports" / "stats.json").write_text(json.dumps(out))
    print(json.dumps(out) if a.as_json else out)
main()
