"""Every kind of option and argument that click has; prints what it got."""
import datetime
import enum
import json
import pathlib
import uuid

import click


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


class Colour(click.ParamType):
    name = "colour"

    def convert(self, value, param, ctx):
        if not value.startswith("#"):
            self.fail(f"{value!r} is not a colour", param, ctx)
        return value


def even(ctx, param, value):
    if value is not None and value % 2:
        raise click.BadParameter("must be even")
    return value


def shown(value):
    if isinstance(value, (list, tuple)):
        return [shown(each) for each in value]
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "read"):
        return value.read()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, epilog="Seen from every side.")
@click.version_option("1.0")
@click.argument("first")
@click.argument("pair", nargs=2, type=int)
@click.argument("rest", nargs=-1)
@click.option("--text", "-t", default="a b", show_default=True, help="Some text.")
@click.option("-s", "only_short", help="With a short name alone.")
@click.option("--number", type=int, default="5")
@click.option("--ratio", type=float)
@click.option("--level", type=click.IntRange(1, 9), default=3)
@click.option("--share", type=click.FloatRange(0, 1, max_open=True))
@click.option("--clamped", type=click.IntRange(0, 10, clamp=True))
@click.option("--yes/--no", default=None)
@click.option("--shout/--quiet", " /-Q", default=True)
@click.option("--fast", is_flag=True, help="A plain flag.")
@click.option("-v", "--verbose", count=True)
@click.option("--upper", "case", flag_value="upper", default=True, help="In capitals.")
@click.option("--lower", "case", flag_value="lower")
@click.option("--colours", type=click.Choice(["red", "--green", "blue"], case_sensitive=False), multiple=True)
@click.option("--tags", multiple=True, default=["x", "y"])
@click.option("--point", type=(str, int))
@click.option("--points", type=(float, float), multiple=True)
@click.option("--three", nargs=3, type=int, default=(1, 2, 3))
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--moment", type=click.DateTime())
@click.option("--id", "ident", type=click.UUID)
@click.option("--colour", type=Colour())
@click.option("--even", type=int, callback=even)
@click.option("--input", "source", type=click.File("r"))
@click.option("--folder", type=click.Path(exists=True, file_okay=False))
@click.option("--output", type=click.Path(path_type=pathlib.Path))
@click.option("--wait", is_flag=False, flag_value=10, default=0, type=int, help="May stand alone.")
@click.option("--name", prompt=True, help="Asked for in a terminal.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@click.option("--greeting", prompt="How to greet", default="Hello")
@click.option("--user", envvar="CORPUS_USER", default="nobody")
@click.option("--today", default=lambda: datetime.date.today().isoformat())
@click.option("--answer", type=int, default=lambda: 42)
@click.option("--secret-thing", hidden=True)
@click.option("--as-bool", type=bool, default=False)
@click.option("--function", type=json.loads)
def main(**given):
    """Show what arrives.

    The second paragraph.
    \f
    Not for readers.
    """
    click.echo(json.dumps({name: shown(value) for name, value in given.items()}))


if __name__ == "__main__":
    main()
