"""Files of a few megabytes that ask for minutes or gigabytes: a count ends each at once."""

import io
import json
import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from tests.hostile.parts.graphs import step
from tests.hostile.parts.pickling import mapping, pickled, tensor, torch_file
from tests.hostile.parts.zips import Entry, zipped
from tests.hostile.record import Hostile

_SIDE = 5_000


def _views(_: Path) -> bytes:
    """90 tensors of 900,000 numbers, each a step further in one storage of a million."""
    held, size = 1_000_000, 900_000
    each = {f"{at}.weight": tensor("0", (size,), offset=at, elements=held) for at in range(90)}
    return torch_file(pickled(mapping(each)), {"0": bytes(4 * held)})


def _large(kind: str, **settings: object) -> bytes:
    file = io.BytesIO()
    Image.new("L", (_SIDE, _SIDE), 7).save(file, kind, **settings)
    return file.getvalue()


def _large_pictures(_: Path) -> bytes:
    picture = _large("PNG", compress_level=9)
    return zipped(Entry(name=f"{at % 2}/{at}.png", data=picture) for at in range(200))


def _scans(_: Path) -> bytes:
    """The last step of a JPEG that loads in steps, 2,000 times more."""
    picture = _large("JPEG", progressive=True)
    last = picture[picture.rindex(b"\xff\xda") : -2]
    return picture[:-2] + last * 2_000 + picture[-2:]


def _bytes(_: Path) -> bytes:
    """A tensor of 8 bits that would be four times as large in floats."""
    size = 100_000_001
    header = {"w": {"dtype": "U8", "shape": [1, size], "data_offsets": [0, size]}}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


def _arrays(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def _rows(_: Path) -> bytes:
    return _arrays(x=np.zeros((300_000, 20), np.uint8))


def _doubles(_: Path) -> bytes:
    return _arrays(x=np.zeros((10_000, 1_700)))


def _grown(_: Path) -> bytes:
    """A table of bytes that would be eight times as large as the numbers of a table are."""
    return _arrays(x=np.zeros((100_000, 500), np.uint8))


def _columns(_: Path) -> bytes:
    """One row of columns, each of which gets a name."""
    return _arrays(x=np.zeros((1, 15_000_000), np.bool_))


def _flags(_: Path) -> bytes:
    """Flags in few bytes, each of which becomes a text."""
    return _arrays(x=np.zeros((150_000, 2)), y=np.ones((150_000, 600), np.bool_))


def _most_doubles(_: Path) -> bytes:
    """As many numbers as a file may hold, in the order of columns, one row not to be used."""
    x = np.zeros((124_000, 100), ">f8", order="F")
    x[0, 0] = np.nan
    return _arrays(x=x)


def _fixed(_: Path) -> bytes:
    """Twelve products of 100,000 rows, which the file says always come together."""
    wide, rows, names = 512, 100_000, [f"v{at}" for at in range(13)]
    weight = numpy_helper.from_array(np.ones((wide, wide), np.float32), "w")
    graph = helper.make_graph(
        [step("MatMul", [one, "w"], other) for one, other in pairwise(names)],
        "network",
        [helper.make_tensor_value_info(names[0], TensorProto.FLOAT, [rows, wide])],
        [helper.make_tensor_value_info(names[-1], TensorProto.FLOAT, [rows, wide])],
        [weight],
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()


def _chain(_: Path) -> bytes:
    """As many additions as are allowed, one after the other."""
    names = [f"v{at}" for at in range(3_990)]
    graph = helper.make_graph(
        [step("Add", [one, one], other) for one, other in pairwise(names)],
        "network",
        [helper.make_tensor_value_info(names[0], TensorProto.FLOAT, ["n", 6])],
        [helper.make_tensor_value_info(names[-1], TensorProto.FLOAT, ["n", 6])],
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()


def _words(_: Path) -> bytes:
    return "\n".join(("[PAD]", "[UNK]", *(f"w{at}" for at in range(300_000)))).encode()


def _json_words(_: Path) -> bytes:
    words = {"[UNK]": 0, "[PAD]": 1, **{f"w{at}": at for at in range(2, 1_000_000)}}
    model = {"type": "WordPiece", "unk_token": "[UNK]", "vocab": words}
    return json.dumps({"model": model}).encode()


COUNTED: tuple[Hostile, ...] = (
    Hostile(
        key="pt-views",
        row="strides",
        door="model",
        attack="a megabyte that lies over itself ninety times",
        make=_views,
        says=("over each other",),
        counted=True,
    ),
    Hostile(
        key="zip-large-pictures",
        row="image-bombs",
        door="images",
        attack="pictures that are small as files and hours to decode",
        make=_large_pictures,
        says=("megapixels together",),
        counted=True,
    ),
    Hostile(
        key="jpeg-scans",
        row="image-bombs",
        door="images",
        attack="a picture that loads in 2,000 steps",
        make=_scans,
        says=("megapixels together",),
        counted=True,
    ),
    Hostile(
        key="safetensors-bytes",
        row="large-parameters",
        door="model",
        attack="a tensor of bytes that grows to four times its size",
        make=_bytes,
        says=("100,000,000",),
        counted=True,
    ),
    Hostile(
        key="npz-rows",
        row="array-headers",
        door="arrays",
        attack="300,000 rows of a few zeros",
        make=_rows,
        says=("200,000",),
        counted=True,
    ),
    Hostile(
        key="npz-doubles",
        row="array-headers",
        door="arrays",
        attack="more bytes of numbers than are read",
        make=_doubles,
        says=("100,000,000",),
        counted=True,
    ),
    Hostile(
        key="npz-grown",
        row="array-headers",
        door="arrays",
        attack="bytes that become eight times as many",
        make=_grown,
        says=("50,000,000 numbers", "12,500,000"),
        counted=True,
    ),
    Hostile(
        key="npz-columns",
        row="array-headers",
        door="arrays",
        attack="a row of 15 million columns, which want names",
        make=_columns,
        says=("100,000",),
        counted=True,
    ),
    Hostile(
        key="npz-flags",
        row="array-headers",
        door="arrays",
        attack="flags that become 90 million texts",
        make=_flags,
        says=("array y", "2,000,000"),
        counted=True,
    ),
    Hostile(
        key="npz-most-doubles",
        row="array-headers",
        door="arrays",
        attack="numbers that are copied for their order, their bytes and their rows",
        make=_most_doubles,
        counted=True,
    ),
    Hostile(
        key="onnx-fixed-rows",
        row="run-bombs",
        door="model",
        attack="rows that only run 100,000 at a time",
        make=_fixed,
        says=("arithmetic", "100,000 at a time"),
        counted=True,
    ),
    Hostile(
        key="onnx-chain",
        row="many-nodes",
        door="model",
        attack="4,000 steps, each of which is looked at ten times",
        make=_chain,
        counted=True,
    ),
    Hostile(
        key="tokenizer-words",
        row="tokenizer-work",
        door="tokenizer",
        attack="more words than any language",
        make=_words,
        says=("more than 300,000",),
        counted=True,
    ),
    Hostile(
        key="tokenizer-json-words",
        row="tokenizer-work",
        door="tokenizer",
        attack="a million words, which take seconds to parse",
        make=_json_words,
        says=("more than 300,000",),
        counted=True,
    ),
)
