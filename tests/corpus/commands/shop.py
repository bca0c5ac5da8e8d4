"""A typer app with an app below it and a callback."""
import typer

app = typer.Typer(help="Keep a shop.")
items = typer.Typer(help="What is sold.")
app.add_typer(items, name="items")


@app.callback()
def options(verbose: bool = False):
    """Keep a shop."""


@app.command()
def opening(hour: int = typer.Argument(9, min=0, max=23)):
    """When it opens."""
    print(f"at {hour}")


@items.command("add")
def add_item(name: str, price: float = typer.Option(..., help="In euros."), sold_out: bool = False):
    """Add an item.

    With its price.
    """
    print(f"{name!r} {price} {sold_out}")


@items.command()
def fail(code: int = 3):
    """Fail."""
    raise typer.Exit(code)


if __name__ == "__main__":
    app()
