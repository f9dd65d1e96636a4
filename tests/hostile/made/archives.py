"""Programs, archives and everything else that is no network we read."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path

from tests.hostile.parts import calls
from tests.hostile.parts.pickling import pickled, torch_file
from tests.hostile.parts.scripts import script, script_endless, script_from_file
from tests.hostile.parts.zips import DEFLATED, Entry, zipped
from tests.hostile.record import Hostile

_HDF5 = b"\x89HDF\r\n\x1a\n"
_NETWORK = {"module": "keras", "class_name": "Sequential", "registered_name": None}


def _bytes(data: bytes) -> Callable[[Path], bytes]:
    return lambda _: data


def _script_by_hand(marker: Path) -> bytes:
    more = (
        Entry(name="archive/code/__torch__.py", data=b"class Net(Module):\n  pass\n"),
        Entry(name="archive/constants.pkl", data=pickled(calls.opened(marker))),
    )
    return torch_file(pickled(b"c__torch__\nNet\n)\x81"), more=more)


def _keras(*layers: object, more: tuple[Entry, ...] = ()) -> bytes:
    config = {**_NETWORK, "config": {"name": "net", "layers": list(layers)}}
    metadata = {"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}
    return zipped(
        [
            Entry(name="metadata.json", data=json.dumps(metadata).encode()),
            Entry(name="config.json", data=json.dumps(config).encode()),
            Entry(name="model.weights.h5", data=_HDF5 + bytes(88)),
            *more,
        ]
    )


def _lambda(_: Path) -> bytes:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAAAAAAAAEAAAACAAAA"}}
    return _keras({"module": "keras.layers", "class_name": "Lambda", "config": {"function": code}})


def _gadget(marker: Path) -> bytes:
    call = {"module": "os", "class_name": "function", "config": "system"}
    layer = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {"function": call, "arguments": {"command": f"touch '{marker}'"}},
    }
    return _keras(layer)


def _wrapped_pickle(marker: Path) -> bytes:
    more = Entry(name="assets/vocabulary.npz", data=pickled(calls.opened(marker)))
    return _keras({"class_name": "StringLookup", "config": {}}, more=(more,))


def _h5(_: Path) -> bytes:
    lambda_layer = json.dumps({"class_name": "Lambda", "config": {"function": ["4wEAAA", None]}})
    return _HDF5 + bytes(500) + lambda_layer.encode()


def _settings(**values: object) -> bytes:
    return json.dumps({"model_type": "bert", "hidden_size": 32, **values}).encode()


_REMOTE = {"AutoConfig": "evil.EvilConfig", "AutoModel": "evil.EvilModel"}


def _folder(_: Path) -> bytes:
    return zipped(
        [
            Entry(name="config.json", data=_settings(auto_map=_REMOTE)),
            Entry(name="evil.py", data=b"open('marker', 'w')\n"),
            Entry(name="model.safetensors", data=b"\2\0\0\0\0\0\0\0{}"),
        ]
    )


def _tar(marker: Path) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        data = pickled(calls.opened(marker))
        entry = tarfile.TarInfo("../data.pkl")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def _saved_model(_: Path) -> bytes:
    return zipped(
        [
            Entry(name="saved_model.pb", data=b"\x08\x01\x12\x00"),
            Entry(name="variables/variables.index", data=bytes(20)),
        ]
    )


def _packed_pickle(marker: Path) -> bytes:
    data = pickled(calls.opened(marker))
    packer = gzip.zlib.compressobj(9, gzip.zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    return zipped([Entry(name="a/data.pkl", data=data, packed=packed, method=DEFLATED)])


ARCHIVES: tuple[Hostile, ...] = (
    Hostile(
        key="pt-script-writes",
        row="torchscript",
        door="model",
        attack="a program that writes a file when run",
        make=script_from_file,
        naive="torch.jit.load",
        says=("torchscript", "torch.export"),
    ),
    Hostile(
        key="pt-script-endless",
        row="torchscript",
        door="model",
        attack="a program that never ends",
        make=script_endless,
        says=("torchscript", "torch.export"),
    ),
    Hostile(
        key="pt-script-plain",
        row="torchscript",
        door="model",
        attack="a harmless program: programs are not told apart",
        make=script,
        says=("torchscript", "torch.export"),
    ),
    Hostile(
        key="pt-script-constants",
        row="torchscript",
        door="model",
        attack="a program whose constants are a pickle",
        make=_script_by_hand,
        says=("torchscript",),
    ),
    Hostile(
        key="keras-lambda",
        row="keras",
        door="model",
        attack="a layer that is Python bytecode",
        make=_lambda,
        says=("keras", "onnx"),
    ),
    Hostile(
        key="keras-gadget",
        row="keras",
        door="model",
        attack="a layer that calls os.system",
        make=_gadget,
        says=("keras", "onnx"),
    ),
    Hostile(
        key="keras-pickle",
        row="keras",
        door="model",
        attack="a vocabulary that is a pickle",
        make=_wrapped_pickle,
        says=("keras", "onnx"),
    ),
    Hostile(
        key="h5-lambda",
        row="keras",
        door="model",
        attack="the older format with a layer of bytecode",
        make=_h5,
        says=("hdf5",),
    ),
    Hostile(
        key="json-auto-map",
        row="remote-code",
        door="model",
        attack="a configuration that names code beside it",
        make=lambda _: _settings(auto_map=_REMOTE),
        says=("json",),
    ),
    Hostile(
        key="zip-auto-map",
        row="remote-code",
        door="model",
        attack="a folder of Hugging Face with code",
        make=_folder,
    ),
    Hostile(
        key="card-auto-map",
        row="remote-code",
        door="card",
        attack="a card that names code",
        make=lambda _: json.dumps({"schema": 1, "auto_map": _REMOTE}).encode(),
    ),
    Hostile(
        key="tar-pickle",
        row="not-models",
        door="model",
        attack="a tar with a pickle above its folder",
        make=_tar,
        says=("not unpacked",),
    ),
    Hostile(
        key="gz-empty",
        row="not-models",
        door="model",
        attack="something packed by gzip",
        make=_bytes(gzip.compress(bytes(100), mtime=0)),
        says=("not unpacked",),
    ),
    Hostile(
        key="bz2-empty",
        row="not-models",
        door="model",
        attack="something packed by bzip2",
        make=_bytes(bz2.compress(bytes(100))),
    ),
    Hostile(
        key="xz-empty",
        row="not-models",
        door="model",
        attack="something packed by xz",
        make=_bytes(lzma.compress(bytes(100))),
    ),
    Hostile(
        key="7z-header",
        row="not-models",
        door="model",
        attack="an archive of 7-Zip",
        make=_bytes(b"7z\xbc\xaf\x27\x1c\0\4" + bytes(60)),
    ),
    Hostile(
        key="rar-header",
        row="not-models",
        door="model",
        attack="an archive of RAR",
        make=_bytes(b"Rar!\x1a\7\1\0" + bytes(60)),
    ),
    Hostile(
        key="zip-saved-model",
        row="not-models",
        door="model",
        attack="a folder of TensorFlow",
        make=_saved_model,
    ),
    Hostile(
        key="zip-pickle-packed",
        row="not-models",
        door="model",
        attack="a packed pickle in an archive",
        make=_packed_pickle,
    ),
    Hostile(
        key="zip-nothing",
        row="not-models",
        door="model",
        attack="an archive of nothing",
        make=lambda _: zipped([]),
    ),
    Hostile(
        key="nothing",
        row="not-models",
        door="model",
        attack="no bytes",
        make=_bytes(b""),
        says=("empty",),
    ),
    Hostile(
        key="one-byte",
        row="not-models",
        door="model",
        attack="one byte",
        make=_bytes(b"\x80"),
    ),
    Hostile(
        key="zeros",
        row="not-models",
        door="model",
        attack="a million zeros",
        make=_bytes(bytes(1_000_000)),
    ),
    Hostile(
        key="html-page",
        row="not-models",
        door="model",
        attack="the page that a failed download leaves",
        make=_bytes(b"<!DOCTYPE html><html><script>alert(1)</script></html>"),
    ),
    Hostile(
        key="elf-program",
        row="effects",
        door="model",
        attack="a program of Linux",
        make=_bytes(b"\x7fELF\2\1\1" + bytes(200)),
    ),
    Hostile(
        key="python-source",
        row="remote-code",
        door="model",
        attack="the source of a network",
        make=_bytes(b"import os\nos.system('true')\n"),
    ),
    Hostile(
        key="table-as-model",
        row="not-models",
        door="model",
        attack="a table in place of a network",
        make=_bytes(b"age,weight,label\n1,2,a\n"),
    ),
)
