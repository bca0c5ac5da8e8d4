"""Export pages as HTML, one file each."""
import argparse
import html
import time
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("-t", "--template", type=argparse.FileType("r", encoding="utf-8"), help="an HTML file with {body}")
    p.add_argument("--title", default='A "quoted" title; with 100%% of <signs>')
    p.add_argument("--pause", type=float, default=0.0, help="seconds between pages, 50%% is enough")
    args = p.parse_args()
    out = BASE / "reports" / "html"
    out.mkdir(parents=True, exist_ok=True)
    frame = args.template.read() if args.template else "<title>{title}</title>{body}"
    pages = sorted((BASE / "data").rglob("*.md"))
    for number, page in enumerate(pages, 1):
        body = "<pre>" + html.escape(page.read_text(encoding="utf-8")) + "</pre>"
        (out / f"{page.stem}.html").write_text(
            frame.replace("{title}", html.escape(args.title)).replace("{body}", body), encoding="utf-8"
        )
        print(f"\r{number}/{len(pages)} {100 * number // len(pages)}%", end="", flush=True)
        time.sleep(args.pause)
    print()
