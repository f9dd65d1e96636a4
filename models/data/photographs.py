"""Four photographs for networks that know ImageNet: `photographs.npz`."""

from zipfile import BadZipFile

import numpy as np
import torch

from explain.core.errors import InvalidFile
from explain.core.subject import Samples
from models.data.parts import FOLDER
from models.data.retina import picture_from_differences

FILE = "photographs.npz"
SIDE = 224
NAMES = {
    "chelsea": "Chelsea the cat, Stefan van der Walt, CC0",
    "coffee": "Coffee cup, Rachel Michetti, CC0",
    "astronaut": "Eileen Collins, NASA, public domain",
    "rocket": "Falcon 9 with DSCOVR, SpaceX, public domain",
}
"""Name -> subject, photographer and licence."""


def read_photographs() -> Samples:
    """Return the photographs: inputs [4, 3, 224, 224] from 0 to 1, without targets.

    Raises:
        InvalidFile: the file is missing or damaged.
    """
    try:
        with np.load(FOLDER / FILE) as found:
            pictures = np.stack([picture_from_differences(found[name]) for name in NAMES])
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise InvalidFile("models.shipped_data", name=FILE) from error
    return Samples(
        inputs=(torch.from_numpy(pictures).float() / 255,),
        ids=tuple(NAMES),
        display={"photograph": tuple(NAMES.values())},
    )
