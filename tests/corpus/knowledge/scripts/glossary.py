"""Collect the terms that pages define."""
import json
import re

import kb

TERM = re.compile(r"\*\*(\w+)\*\*:\s*([^*]+?)(?:\.|$)", re.M)


class Glossary:
    def __init__(self):
        self.parser = kb.make_parser(__doc__)
        self.parser.add_argument("--format", choices=["json", "md", "csv"], default="md")
        self.parser.add_argument("--sort", action=__import__("argparse").BooleanOptionalAction, default=True)

    def run(self):
        args = self.parser.parse_args()
        terms = {t: d for _, text in kb.pages(args.data) for t, d in TERM.findall(text)}
        names = sorted(terms) if args.sort else list(terms)
        args.out.mkdir(exist_ok=True)
        if args.format == "json":
            body = json.dumps({n: terms[n] for n in names}, ensure_ascii=False)
        else:
            body = "\n".join(f"- **{n}**: {terms[n]}" for n in names)
        (args.out / f"glossary.{args.format}").write_text(body + "\n", encoding="utf-8")
        print(len(names), "terms")


if __name__ == "__main__":
    Glossary().run()
