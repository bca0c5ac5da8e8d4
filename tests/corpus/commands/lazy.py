"""Commands that are loaded when they are asked for; one of them cannot be."""
import importlib

import click


class Lazy(click.Group):
    def list_commands(self, ctx):
        return ["shout", "broken"]

    def get_command(self, ctx, name):
        if name == "broken":
            importlib.import_module("surely_not_installed_anywhere")
        return importlib.import_module("parts." + name).command


@click.group(cls=Lazy)
def cli():
    """Loaded late."""


if __name__ == "__main__":
    cli()
