"""Count words of all pages."""
from collections import Counter

from kb import make_parser, pages


def main():
    parser = make_parser("Count words of all pages")
    parser.add_argument("--min-length", type=int, default=3, help="shorter words don't count")
    parser.add_argument("--stop", nargs="*", default=["the", "and"], help="words to leave out")
    args = parser.parse_args()
    words = Counter()
    for _, text in pages(args.data):
        words.update(w for w in text.lower().split() if len(w) >= args.min_length and w not in args.stop)
    args.out.mkdir(exist_ok=True)
    report = args.out / "words.tsv"
    report.write_text("".join(f"{w}\t{n}\n" for w, n in words.most_common()), encoding="utf-8")
    if args.verbose:
        print(words.most_common(5))


if __name__ == "__main__":
    main()
