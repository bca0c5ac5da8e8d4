"""A picture of a size that a browser can take, of one that may be of any size."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import InvalidRequest

#: Pixels of a picture that is opened at all; a small file can claim any number.
MOST_PIXELS = 400_000_000
#: Formats that are plain pixels; others are programs in disguise.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "PPM", "AVIF")
NAME = "picture"


def make(
    source: Path, place: Path, options: Mapping[str, Any], progress: Callable[[float], None]
) -> Mapping[str, Any]:
    from PIL import Image, ImageOps

    size = int(options["size"])
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # the size is looked at below, before a pixel is read
    with Image.open(source, formats=FORMATS) as picture:
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise InvalidRequest(
                f"The picture has {width:,} × {height:,} pixels; pictures of up to {MOST_PIXELS // 10**6}"
                " million pixels are shown.",
                hint="Download it to look at it.",
            )
        # JPEG can be read at a fraction of its size at once.
        picture.draft("RGB", (size, size))
        picture.thumbnail((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
        progress(0.8)
        small = ImageOps.exif_transpose(picture)
        turned = (small.size[0] > small.size[1]) != (picture.size[0] > picture.size[1])
        # Whoever looks at an older one meanwhile sees that one whole.
        incoming = place / f"{NAME}.incoming"
        media_type = _save(small, incoming)
        incoming.replace(place / NAME)
    facts = (height, width) if turned else (width, height)
    return {"width": facts[0], "height": facts[1], "media_type": media_type}


def _save(picture: Any, path: Path) -> str:
    is_transparent = "A" in picture.getbands() or "transparency" in picture.info
    if is_transparent or picture.mode in ("1", "P", "L", "I;16"):
        kept = picture if picture.mode in ("1", "L", "RGBA", "LA") else picture.convert("RGBA")
        kept.save(path, "PNG", compress_level=3)
        return "image/png"
    picture.convert("RGB").save(path, "JPEG", quality=88)
    return "image/jpeg"
