import click


@click.command("shout")
@click.argument("text")
def command(text):
    """Shout a text."""
    click.echo(text.upper())
