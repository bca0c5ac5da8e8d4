"""A group with groups below it, as people write them."""
import json

import click


@click.group(invoke_without_command=False)
@click.option("--store", default="notes.json", type=click.Path(dir_okay=False), help="Where the notes are.")
@click.option("--name", default="all", help="Of the store.")
@click.pass_context
def cli(ctx, store, name):
    """Keep notes."""
    ctx.obj = {"store": store, "name": name}


@cli.command()
@click.argument("text")
@click.option("--name", help="Of the note.")
@click.pass_obj
def add(obj, text, name):
    """Add a note."""
    with open(obj["store"], "w") as file:
        json.dump([name, text], file)
    click.echo(json.dumps([obj, text, name]))


@cli.group()
@click.argument("shelf")
@click.pass_context
def tag(ctx, shelf):
    """Tags of notes."""
    ctx.obj["shelf"] = shelf


@tag.command("set", short_help="Give tags.")
@click.argument("tags", nargs=-1, required=True)
@click.pass_obj
def set_tags(obj, tags):
    """Give tags to what is on a shelf."""
    click.echo(json.dumps([obj["shelf"], tags]))


@tag.command(deprecated=True)
def clear():
    """Take all tags away."""
    click.echo("cleared")


@cli.command(hidden=True)
def internal():
    """Nobody's business."""


if __name__ == "__main__":
    cli(prog_name="notes")
