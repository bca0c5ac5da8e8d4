"""How commands end that do not end well."""
import sys

import click


@click.command()
@click.argument("how")
@click.option("--count", type=int)
def main(how, count):
    """End in one of many ways."""
    if how == "usage":
        raise click.UsageError("these do not go together")
    if how == "parameter":
        raise click.BadParameter("is too much", param_hint="--count")
    if how == "error":
        raise click.ClickException("the store is closed")
    if how == "abort":
        raise click.Abort()
    if how == "ask":
        click.prompt("Really")
    if how == "exit":
        click.get_current_context().exit(3)
    if how == "sys":
        sys.exit("gone")
    raise ValueError("of its own")


if __name__ == "__main__":
    main()
