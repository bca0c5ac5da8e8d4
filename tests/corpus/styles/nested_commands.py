"""Commands in commands, as git has them."""
import argparse
import sys


def build_parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--verbose", "-v", action="store_true", help="say more")
    common.add_argument("--config", default="tool.ini")
    top = argparse.ArgumentParser(prog="tool", description=__doc__, parents=[common])
    commands = top.add_subparsers(title="commands", dest="cmd", required=True, metavar="CMD")

    remote = commands.add_parser("remote", help="work with remotes", parents=[common])
    remotes = remote.add_subparsers(dest="remote_cmd", required=True)
    add = remotes.add_parser("add", help="add one")
    add.add_argument("name")
    add.add_argument("url")
    add.add_argument("--tags", nargs="*", default=[])
    remove = remotes.add_parser("remove", aliases=["rm"], help="remove one")
    remove.add_argument("name")
    remove.add_argument("--force", action="store_true")

    stash = commands.add_parser("stash", help="put away")
    stashes = stash.add_subparsers()
    push = stashes.add_parser("push")
    push.add_argument("-m", "--message", required=True)
    stashes.add_parser("pop").add_argument("index", type=int, nargs="?", default=0)

    clone = commands.add_parser("clone", description="Copy a whole repository.")
    clone.add_argument("repository")
    clone.add_argument("directory", nargs="?")
    depth = clone.add_mutually_exclusive_group()
    depth.add_argument("--depth", type=int)
    depth.add_argument("--full", action="store_true")
    return top


if __name__ == "__main__":
    args = build_parser().parse_args()
    print(sorted(vars(args).items()), file=sys.stdout)
