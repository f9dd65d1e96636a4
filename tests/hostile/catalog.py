"""Every hostile file, family after family."""

from tests.hostile.made.archives import ARCHIVES
from tests.hostile.made.arrays import ARRAYS
from tests.hostile.made.cards import CARDS
from tests.hostile.made.counted import COUNTED
from tests.hostile.made.families import OF_FAMILIES
from tests.hostile.made.hubs import HUBS
from tests.hostile.made.images import IMAGES
from tests.hostile.made.inputs import INPUTS
from tests.hostile.made.old_words import OLD_WORDS
from tests.hostile.made.onnx import ONNX
from tests.hostile.made.pickles import PICKLES
from tests.hostile.made.pt2 import PT2
from tests.hostile.made.safetensors import SAFETENSORS
from tests.hostile.made.tables import TABLES
from tests.hostile.made.tokenizers import TOKENIZERS
from tests.hostile.made.zips import ZIPS
from tests.hostile.record import Hostile

HOSTILE: tuple[Hostile, ...] = (
    *PT2,
    *ONNX,
    *OLD_WORDS,
    *SAFETENSORS,
    *PICKLES,
    *ARCHIVES,
    *ARRAYS,
    *TABLES,
    *TOKENIZERS,
    *IMAGES,
    *ZIPS,
    *HUBS,
    *CARDS,
    *COUNTED,
    *OF_FAMILIES,
    *INPUTS,
)
