"""Refuses to start without its settings, before it comes to its command."""
import os
import sys

import click

LIMIT = 7

if "CORPUS_NEVER_SET" not in os.environ:
    sys.exit("set CORPUS_NEVER_SET first")


@click.command()
@click.argument("word")
@click.option("--limit", type=int, default=LIMIT)
@click.option("--sizes", multiple=True, type=click.Choice(["s", "m"]))
@click.option("--place", default=os.environ["CORPUS_NEVER_SET"])
def main(word, limit, sizes, place):
    """Say how often."""
    click.echo(f"{word} {limit} {sizes} {place}")


if __name__ == "__main__":
    main()
