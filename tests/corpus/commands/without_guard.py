"""Commands that an entry point of a package starts: the file itself starts none."""
import click


@click.command()
@click.argument("word")
def say(word):
    """Say a word."""
    click.echo(f"say {word!r}")


@click.group()
def more():
    """More words."""


@more.command()
@click.option("--times", type=int, default=2)
def again(times):
    """Say it again."""
    click.echo("again " * times)
