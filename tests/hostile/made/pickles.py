"""Hostile pickles and checkpoints of torch.save."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

from tests.hostile.parts import calls
from tests.hostile.parts.pickling import (
    call,
    integer,
    mapping,
    old_file,
    pickled,
    tensor,
    text,
    torch_file,
    tuple_of,
)
from tests.hostile.parts.zips import Entry, deflated_zeros
from tests.hostile.record import Hostile

_HUGE = 10**12


def _checkpoint(push: Callable[[Path], bytes]) -> Callable[[Path], bytes]:
    return lambda marker: torch_file(pickled(mapping({"x": push(marker)})))


def _good_state() -> dict[str, bytes]:
    return {
        "0.weight": tensor("0", (5, 6)),
        "0.bias": tensor("1", (5,)),
        "2.weight": tensor("2", (3, 5)),
        "2.bias": tensor("3", (3,)),
    }


def _storages() -> dict[str, bytes]:
    return {"0": bytes(120), "1": bytes(20), "2": bytes(60), "3": bytes(12)}


def _state(**changes: bytes) -> bytes:
    renamed = {key.replace("_", "."): value for key, value in changes.items()}
    return torch_file(pickled(mapping({**_good_state(), **renamed})), _storages())


def _broken_tail(marker: Path) -> bytes:
    return torch_file(pickled(calls.opened(marker))[:-1] + b"\xff\xff")


def _beside_weights(marker: Path) -> bytes:
    items = {**_good_state(), "epoch": calls.shell(marker)}
    return torch_file(pickled(mapping(items)), _storages())


def _two_pickles(marker: Path) -> bytes:
    second = Entry(name="archive/data.pkl", data=pickled(calls.opened(marker)))
    return torch_file(pickled(mapping(_good_state())), _storages(), more=(second,))


def _second_folder(marker: Path) -> bytes:
    second = Entry(name="other/data.pkl", data=pickled(calls.opened(marker)))
    return torch_file(pickled(mapping(_good_state())), _storages(), more=(second,))


def _old_checkpoint(marker: Path) -> bytes:
    return old_file(pickled(mapping({"w": calls.opened(marker)})))


def _old_extra(marker: Path) -> bytes:
    """Put one more pickle behind the storages, where a careless reader might go on."""
    return _old_state() + pickled(calls.shell(marker))


def _old_keys(marker: Path) -> bytes:
    """Have the list of storages be a call."""
    state = pickled(mapping({"w": tensor("0", (5,), view=b"N")}))
    whole = old_file(state, [("0", 5, bytes(20))])
    place = whole.index(state) + len(state)
    return whole[:place] + pickled(calls.opened(marker)) + whole[place:]


def _old_state(**changes: bytes) -> bytes:
    renamed = {key.replace("_", "."): value for key, value in changes.items()}
    held = [(key, len(value) // 4, value) for key, value in _storages().items()]
    return old_file(pickled(mapping({**_good_state(), **renamed})), held)


def _old_promised(_: Path) -> bytes:
    state = pickled(mapping({"w": tensor("0", (5,), elements=_HUGE)}))
    return old_file(state, [("0", _HUGE, bytes(20))])


def _old_views(_: Path) -> bytes:
    """Lay 2,000 views of a million numbers over one storage, each one further on."""
    many = {
        f"w{place}": tensor("0", (1_000_000,), offset=place, elements=1_002_000)
        for place in range(2_000)
    }
    return old_file(pickled(mapping(many)), [("0", 1_002_000, bytes(4_008_000))])


def _protocol_zero(marker: Path) -> bytes:
    return b"cos\nmkdir\n(V" + str(marker).encode() + b"\ntR."


def _protocol_four(marker: Path) -> bytes:
    name = str(marker).encode()
    push = b"\x8c\x02os\x8c\x05mkdir\x93\x8c" + bytes([len(name)]) + name + b"\x85R."
    return b"\x80\x04\x95" + struct.pack("<Q", len(push)) + push


def _module(marker: Path) -> bytes:
    """Look like a whole network of a class that builds itself by calling."""
    return torch_file(
        pickled(
            b"cmodels\nMLP\n)\x81",
            mapping({"training": b"\x89", "_parameters": mapping({"w": calls.opened(marker)})}),
            b"b",
        )
    )


def _doubling(depth: int) -> bytes:
    """Return lists of two of the list before: 2 to the power of `depth` in the end."""
    levels = b"".join(
        b"]q" + bytes([level + 1]) + b"(h" + bytes([level]) + b"h" + bytes([level]) + b"e"
        for level in range(depth)
    )
    return b"]q\0" + levels


def _deep(opcode: bytes, close: bytes, count: int = 200_000) -> bytes:
    return opcode * count + close * (count - 1)


def _many_keys(_: Path) -> bytes:
    items = {f"t{number}": tensor("0", (1,)) for number in range(20_001)}
    return torch_file(pickled(mapping(items)), {"0": bytes(4)})


def _packed_storage(_: Path) -> bytes:
    zeros = deflated_zeros("archive/data/0", 2 << 30)
    return torch_file(pickled(mapping({"0.weight": tensor("0", (1 << 29,))})), more=(zeros,))


def _packed_pickle(_: Path) -> bytes:
    return torch_file(pickled(b"}"), more=(deflated_zeros("archive/data/9", 2 << 30),))


def _values(value: bytes) -> Callable[[Path], bytes]:
    return lambda _: torch_file(pickled(mapping(_good_state())), {**_storages(), "0": value * 30})


def _lost_storage(_: Path) -> bytes:
    return torch_file(pickled(mapping(_good_state())), {"0": bytes(120)})


PICKLES: tuple[Hostile, ...] = (
    Hostile(
        key="pt-open",
        row="pickles",
        door="model",
        attack="a checkpoint that opens a file",
        make=_checkpoint(calls.opened),
        naive="torch.load",
    ),
    Hostile(
        key="pt-shell",
        row="pickles",
        door="model",
        attack="weights with a call to the shell beside them",
        make=_beside_weights,
        naive="torch.load",
    ),
    Hostile(
        key="pt-instance",
        row="pickles",
        door="model",
        attack="a checkpoint that calls by the opcode INST",
        make=_checkpoint(calls.instance),
        naive="torch.load",
    ),
    Hostile(
        key="pt-python",
        row="pickles",
        door="model",
        attack="a checkpoint that has Python run a line",
        make=_checkpoint(calls.told_python),
        naive="torch.load",
    ),
    Hostile(
        key="pt-partial",
        row="pickles",
        door="model",
        attack="a call hidden in a partial function",
        make=_checkpoint(calls.built),
        naive="torch.load",
    ),
    Hostile(
        key="pt-broken-tail",
        row="pickles",
        door="model",
        attack="a pickle that breaks after its call, so that scanners give up",
        make=_broken_tail,
        naive="torch.load",
    ),
    Hostile(
        key="pt-two-pickles",
        row="pickles",
        door="model",
        attack="two pickles of one name",
        make=_two_pickles,
    ),
    Hostile(
        key="pt-two-folders",
        row="pickles",
        door="model",
        attack="a second pickle in another folder",
        make=_second_folder,
    ),
    Hostile(
        key="pt-module",
        row="pickles",
        door="model",
        attack="a whole network whose weight is a call",
        make=_module,
    ),
    Hostile(
        key="pth-old",
        row="pickles",
        door="model",
        attack="a checkpoint of the time before archives",
        make=_old_checkpoint,
        naive="torch.load",
        says=("builtins.open", "program"),
    ),
    Hostile(
        key="pth-old-extra",
        row="pickles",
        door="model",
        attack="one more pickle behind the storages of an old checkpoint",
        make=_old_extra,
        says=("behind",),
    ),
    Hostile(
        key="pth-old-keys",
        row="pickles",
        door="model",
        attack="an old checkpoint whose list of storages is a call",
        make=_old_keys,
        naive="torch.load",
        says=("builtins.open",),
    ),
    Hostile(
        key="pth-old-cut",
        row="strides",
        door="model",
        attack="an old checkpoint cut off inside its last storage",
        make=lambda _: _old_state()[:-3],
        says=("storage",),
        counted=True,
    ),
    Hostile(
        key="pth-old-promised",
        row="strides",
        door="model",
        attack="an old checkpoint with a storage of 10¹² numbers in 20 bytes",
        make=_old_promised,
        says=("storage",),
        counted=True,
    ),
    Hostile(
        key="pth-old-offset",
        row="strides",
        door="model",
        attack="an old view that begins before its storage",
        make=lambda _: _old_state(
            **{"0_bias": tensor("1", (5,), view=tuple_of(text("9"), integer(-4), integer(5)))}
        ),
        says=("0.bias",),
    ),
    Hostile(
        key="pth-old-stride",
        row="strides",
        door="model",
        attack="an old tensor that repeats one number a hundred million times",
        make=lambda _: _old_state(**{"0_bias": tensor("1", (10**8,), stride=(0,), elements=5)}),
        says=("0.bias",),
        counted=True,
    ),
    Hostile(
        key="pth-old-views",
        row="strides",
        door="model",
        attack="2,000 views of a million numbers over one storage of an old checkpoint",
        make=_old_views,
        says=("more than",),
        counted=True,
    ),
    Hostile(
        key="pkl-protocol-0",
        row="pickles",
        door="model",
        attack="a pickle in letters",
        make=_protocol_zero,
        naive="pickle.load",
    ),
    Hostile(
        key="pkl-protocol-4",
        row="pickles",
        door="model",
        attack="a pickle of protocol 4",
        make=_protocol_four,
        naive="pickle.load",
        says=("pickle",),
    ),
    Hostile(
        key="joblib-packed",
        row="pickles",
        door="model",
        attack="a pickle packed by gzip, as joblib writes it",
        make=lambda marker: gzip.compress(pickled(calls.opened(marker)), mtime=0),
    ),
    Hostile(
        key="pt-stride-zero",
        row="strides",
        door="model",
        attack="10¹² elements in 4 bytes",
        make=lambda _: torch_file(
            pickled(mapping({"w": tensor("0", (_HUGE,), stride=(0,), elements=1)})),
            {"0": bytes(4)},
        ),
    ),
    Hostile(
        key="pt-offset",
        row="strides",
        door="model",
        attack="a tensor that begins behind its storage",
        make=lambda _: _state(**{"0_bias": tensor("1", (5,), offset=10**9)}),
        says=("0.bias",),
    ),
    Hostile(
        key="pt-offset-negative",
        row="strides",
        door="model",
        attack="a tensor that begins before its storage",
        make=lambda _: _state(**{"0_bias": tensor("1", (5,), offset=-1)}),
        says=("0.bias",),
    ),
    Hostile(
        key="pt-storage-promised",
        row="strides",
        door="model",
        attack="a storage of 10¹² elements in 20 bytes",
        make=lambda _: _state(**{"0_bias": tensor("1", (5,), elements=_HUGE)}),
    ),
    Hostile(
        key="pt-storage-lost",
        row="strides",
        door="model",
        attack="storages that are not there",
        make=_lost_storage,
    ),
    Hostile(
        key="pt-bytes",
        row="allocations",
        door="model",
        attack="6 GB of zeros by bytearray",
        make=_checkpoint(lambda _: call("builtins", "bytearray", integer(6 << 30))),
    ),
    Hostile(
        key="pt-tensor",
        row="allocations",
        door="model",
        attack="a tensor made by its size",
        make=_checkpoint(lambda _: call("torch", "FloatTensor", integer(6 << 30))),
    ),
    Hostile(
        key="pt-storage",
        row="allocations",
        door="model",
        attack="a storage made by its size",
        make=_checkpoint(lambda _: call("torch", "FloatStorage", integer(6 << 30))),
    ),
    Hostile(
        key="pt-range",
        row="allocations",
        door="model",
        attack="a list of a range",
        make=_checkpoint(
            lambda _: call("builtins", "list", call("builtins", "range", integer(_HUGE)))
        ),
    ),
    Hostile(
        key="pt-doubling",
        row="nesting",
        door="model",
        attack="lists of lists, 2¹⁰⁰ in all",
        make=lambda _: torch_file(pickled(_doubling(100))),
    ),
    Hostile(
        key="pt-deep-lists",
        row="nesting",
        door="model",
        attack="a list in a list, 200,000 deep",
        make=lambda _: torch_file(pickled(_deep(b"]", b"a"))),
    ),
    Hostile(
        key="pt-deep-tuples",
        row="nesting",
        door="model",
        attack="a tuple in a tuple, 200,000 deep",
        make=lambda _: torch_file(pickled(b"N" + b"\x85" * 200_000)),
    ),
    Hostile(
        key="pt-doubling-weights",
        row="nesting",
        door="model",
        attack="weights beside lists that double",
        make=lambda _: _state(extra=_doubling(100)),
    ),
    Hostile(
        key="pt-marks",
        row="nesting",
        door="model",
        attack="a million marks that nobody closes",
        make=lambda _: torch_file(pickled(b"(" * 1_000_000)),
    ),
    Hostile(
        key="pt-deflated-storage",
        row="deflated-storages",
        door="model",
        attack="a storage that unpacks to 2 GB",
        make=_packed_storage,
    ),
    Hostile(
        key="pt-deflated-extra",
        row="deflated-storages",
        door="model",
        attack="an entry nobody asks for, which unpacks to 2 GB",
        make=_packed_pickle,
    ),
    Hostile(
        key="pt-memo",
        row="memo",
        door="model",
        attack="a memo index of 2³⁰",
        make=lambda _: torch_file(pickled(b"]r\xff\xff\xff\x3f")),
    ),
    Hostile(
        key="pt-memo-letters",
        row="memo",
        door="model",
        attack="a memo index of 2³⁰ in letters",
        make=lambda _: torch_file(pickled(b"]p1073741824\n")),
    ),
    Hostile(
        key="pkl-memo",
        row="memo",
        door="model",
        attack="a bare pickle with a memo index of 2²⁸",
        make=lambda _: pickled(b"}r\0\0\0\x10"),
    ),
    Hostile(
        key="pt-many",
        row="many-tensors",
        door="model",
        attack="20,001 tensors of one number",
        make=_many_keys,
        says=("20,000",),
    ),
    Hostile(
        key="pt-nan",
        row="not-finite",
        door="model",
        attack="weights that are NaN",
        make=_values(b"\0\0\xc0\x7f"),
        says=("0.weight",),
    ),
    Hostile(
        key="pt-spectral-zero",
        row="not-finite",
        door="model",
        attack="a spectral norm whose vectors are zero, so that weights become infinite",
        make=lambda _: torch_file(
            pickled(
                mapping(
                    {
                        "0.weight_orig": tensor("0", (5, 6)),
                        "0.weight_u": tensor("1", (5,)),
                        "0.weight_v": tensor("4", (6,)),
                    }
                )
            ),
            {**_storages(), "4": bytes(24)},
        ),
        says=("0.weight",),
    ),
    Hostile(
        key="pt-quantised",
        row="graph-lies",
        door="model",
        attack="a tensor by another rebuilder",
        make=lambda _: _state(**{"0_bias": call("torch._utils", "_rebuild_qtensor", integer(1))}),
        says=("0.bias", "quantised"),
    ),
    Hostile(
        key="pt-number-long",
        row="nesting",
        door="model",
        attack="a number of a million digits",
        make=lambda _: torch_file(
            pickled(mapping({"n": b"\x8b" + struct.pack("<i", 400_000) + b"\x7f" * 400_000}))
        ),
    ),
    Hostile(
        key="pt-names",
        row="markup",
        door="model",
        attack="weights whose names are markup",
        make=lambda _: _state(**{"![](http://example.com/a.png)": tensor("3", (3,))}),
    ),
    Hostile(
        key="pt-text",
        row="graph-lies",
        door="model",
        attack="a checkpoint of words",
        make=lambda _: torch_file(pickled(mapping({"a": text("b"), "c": tuple_of()}))),
    ),
)
