"""A parser class of our own."""
import argparse
import sys


class Parser(argparse.ArgumentParser):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_argument("--debug", action="store_true")

    def error(self, message):
        sys.stderr.write("wrong: %s\n" % message)
        sys.exit(7)

    def parse_args(self, args=None, namespace=None):
        parsed = super().parse_args(args, namespace)
        if parsed.debug:
            print("debugging")
        return parsed


class Upper(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values.upper())


class Toggle(argparse.Action):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, nargs=0, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, True)


class App:
    options = {"width": 80, "height": 24}

    def __init__(self):
        self.parser = Parser(description="An application in a class")
        for name, default in self.options.items():
            self.parser.add_argument(f"--{name}", type=int, default=default, help=f"{name} in characters")
        self.parser.add_argument("--shout", action=Upper, default="hi")
        self.parser.add_argument("--toggle", action=Toggle)

    def run(self):
        args = self.parser.parse_args()
        print(args.width * args.height, args.shout)


if __name__ == "__main__":
    App().run()
