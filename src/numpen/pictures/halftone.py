"""Pictures of black and white alone in which dots stand for grey, as a fax has them: smeared, they are grey again."""

import numpy as np
from PIL import Image, ImageFilter

SAMPLE = 1000  # pixels of a side of the part, in the middle, that is looked at
ALONE = 0.2  # of the pixels of the rarer value touch no other with a side, if they are dots; of writing hardly any
BLUR = 1.5  # pixels, the standard deviation by which the dots are smeared until they merge


def merged(image: Image.Image) -> Image.Image:
    """The picture with its dots smeared to grey; unchanged if it has other values than two, or no dots."""
    if not (colours := image.getcolors(2)) or len(colours) < 2:
        return image
    left, top = (max(0, side - SAMPLE) // 2 for side in image.size)
    part = image.crop((left, top, min(image.width, left + SAMPLE), min(image.height, top + SAMPLE)))
    black = np.asarray(part.convert("L")) < 128  # (height, width)
    dots = black if 2 * np.count_nonzero(black) < black.size else ~black
    wide = np.pad(dots, 1)
    beside = wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    if np.count_nonzero(dots & ~beside) <= ALONE * np.count_nonzero(dots):
        return image
    return image.convert("L").filter(ImageFilter.GaussianBlur(BLUR))
