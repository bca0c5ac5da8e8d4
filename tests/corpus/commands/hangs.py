"""Waits for ever before it comes to its command."""
import click

LIMIT = 7


@click.command()
@click.argument("word")
@click.option("--limit", type=int, default=LIMIT)
@click.option("--sizes", multiple=True, type=click.Choice(["s", "m"]))
def main(word, limit, sizes):
    """Say how often."""
    click.echo(f"{word} {limit} {sizes}")


while True:
    pass

if __name__ == "__main__":
    main()
