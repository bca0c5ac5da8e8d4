"""A chain of commands with a result callback; each is a tool of its own."""
import click


@click.group(chain=True, invoke_without_command=True)
@click.option("--start", type=int, default=1)
def cli(start):
    """Work on a number."""


@cli.result_callback()
def work(steps, start):
    for step in steps:
        start = step(start)
    click.echo(f"result {start}")


@cli.command()
@click.argument("by", type=int)
def add(by):
    return lambda value: value + by


@cli.command("times")
@click.option("--by", type=int, required=True)
def multiply(by):
    return lambda value: value * by


if __name__ == "__main__":
    cli()
