"""Good files with something changed: bytes, or fields of what the bytes mean."""

import json
import struct
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from tests.hostile.parts.zips import DEFLATED, Entry, unzipped, zipped

Chance = np.random.Generator
_INTEGERS = (0, 1, -1, 2, 7, 255, 256, 65_535, 2**31 - 1, -(2**31), 2**40, 2**63 - 1, -(2**63))
_VALUES: tuple[Any, ...] = (
    *_INTEGERS,
    *(None, True, False, 0.5, -0.0, 1e308, "", "x", "0.weight", "n" * 300, "../a", [], {}),
    *([[]], [0, 0], [1] * 9, {"as_int": -1}, {"as_tensor": {"name": "relu"}}, {"a": {"a": {}}}),
)
_BYTES = tuple(struct.pack("<q", value) for value in _INTEGERS)


def mutated(data: bytes, kind: str, chance: Chance, others: Sequence[bytes]) -> bytes:
    """Return a changed copy: by plain bytes in one case of three, else by what `kind` means."""
    aware = _AWARE.get(kind)
    if aware is None or chance.integers(3) == 0:
        return _by_bytes(data, chance, others)
    return aware(data, chance)


def _by_bytes(data: bytes, chance: Chance, others: Sequence[bytes]) -> bytes:
    changes = (_flipped, _cut, _repeated, _overwritten, _inserted)
    for _ in range(chance.integers(1, 4)):
        data = changes[chance.integers(len(changes))](data, chance)
    if others and chance.integers(8) == 0:
        data = _spliced(data, others[chance.integers(len(others))], chance)
    return data


def _place(data: bytes, chance: Chance) -> int:
    return int(chance.integers(len(data) + 1))


def _flipped(data: bytes, chance: Chance) -> bytes:
    changed = bytearray(data)
    for place in chance.integers(max(len(data), 1), size=chance.integers(1, 9)):
        if place < len(changed):
            changed[place] = chance.integers(256)
    return bytes(changed)


def _cut(data: bytes, chance: Chance) -> bytes:
    return data[: _place(data, chance)] if chance.integers(4) == 0 else data


def _repeated(data: bytes, chance: Chance) -> bytes:
    begin, end = sorted((_place(data, chance), _place(data, chance)))
    piece = data[begin : min(end, begin + 400)]
    return data[:begin] + piece * int(chance.integers(1, 4)) + data[begin:]


def _overwritten(data: bytes, chance: Chance) -> bytes:
    value = _BYTES[chance.integers(len(_BYTES))][: 1 << chance.integers(4)]
    place = _place(data, chance)
    return data[:place] + value + data[place + len(value) :]


def _inserted(data: bytes, chance: Chance) -> bytes:
    place = _place(data, chance)
    return data[:place] + chance.bytes(int(chance.integers(1, 12))) + data[place:]


def _spliced(data: bytes, other: bytes, chance: Chance) -> bytes:
    return data[: _place(data, chance)] + other[_place(other, chance) :]


def _json(data: bytes, chance: Chance) -> bytes:
    """Return JSON with one or two values replaced, swapped, taken out or doubled."""
    content = json.loads(data)
    for _ in range(chance.integers(1, 3)):
        places = list(_places(content))
        if places:
            _change(*places[chance.integers(len(places))], places, chance)
    return json.dumps(content).encode()


def _places(content: Any) -> Any:
    """Yield every container with a key of it."""
    keys = content if isinstance(content, dict) else range(len(content))
    for key in list(keys):
        yield content, key
        if isinstance(content[key], dict | list):
            yield from _places(content[key])


def _change(holder: Any, key: Any, places: Sequence[tuple[Any, Any]], chance: Chance) -> None:
    way = chance.integers(6)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, list):
        holder.append(json.loads(json.dumps(holder[key])))
    elif way == 2:
        other, place = places[chance.integers(len(places))]
        if not (isinstance(other, list) and place >= len(other)) and place in _keys(other):
            holder[key] = json.loads(json.dumps(other[place]))
    else:
        holder[key] = deepcopy(_VALUES[chance.integers(len(_VALUES))])


def _keys(holder: Any) -> Any:
    return holder if isinstance(holder, dict) else range(len(holder))


def _archive(data: bytes, chance: Chance) -> bytes:
    """Return an archive with an entry changed, renamed, doubled or taken out; sums are right."""
    entries = [Entry(name=name, data=value) for name, value in unzipped(data).items()]
    place = int(chance.integers(len(entries)))
    entry = entries[place]
    way = chance.integers(10)
    if way == 0:
        del entries[place]
    elif way == 1:
        entries.append(entry)
    elif way == 2:
        entries[place] = Entry(name=entry.name + "x", data=entry.data)
    elif way == 3:
        entries[place] = Entry(name=entry.name, data=entry.data, method=DEFLATED)
    else:
        entries[place] = Entry(name=entry.name, data=_content(entry, chance))
    return zipped(entries)


def _content(entry: Entry, chance: Chance) -> bytes:
    if entry.name.endswith(".json") and chance.integers(4):
        return _json(entry.data, chance)
    return _by_bytes(entry.data, chance, ())


def _safetensors(data: bytes, chance: Chance) -> bytes:
    length = int.from_bytes(data[:8], "little")
    header = _json(data[8 : 8 + length], chance)
    return struct.pack("<Q", len(header)) + header + data[8 + length :]


def _protobuf(data: bytes, chance: Chance) -> bytes:
    model = onnx.ModelProto.FromString(data)
    for _ in range(chance.integers(1, 4)):
        messages = list(_messages(model))
        message = messages[chance.integers(len(messages))]
        fields = [field for field, _ in message.ListFields()]
        if fields:
            _change_field(message, fields[chance.integers(len(fields))], chance)
    return model.SerializeToString(deterministic=True)


def _messages(message: Message) -> Any:
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for inner in value if field.is_repeated else (value,):
                yield from _messages(inner)


def _change_field(message: Message, field: FieldDescriptor, chance: Chance) -> None:
    if chance.integers(5) == 0:
        message.ClearField(field.name)
    elif field.is_repeated:
        _change_list(getattr(message, field.name), field, chance)
    elif field.message_type is None:
        setattr(message, field.name, _scalar(field, getattr(message, field.name), chance))


def _change_list(values: Any, field: FieldDescriptor, chance: Chance) -> None:
    place, other = (int(chance.integers(len(values))) for _ in range(2))
    if chance.integers(3) == 0:
        del values[place]
    elif field.message_type is None:
        values[place] = _scalar(field, values[other], chance)
    elif chance.integers(2):
        values.append(values[place])
    else:
        values[place].CopyFrom(values[other])


def _scalar(field: FieldDescriptor, value: Any, chance: Chance) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        return ("", value, "x" * 300, "Relu", "Conv", "../a", "\u202e")[chance.integers(7)]
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _by_bytes(value, chance, ())
    if field.type in {FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE}:
        return (0.0, -1.0, 1e30, float("nan"), float("inf"))[chance.integers(5)]
    if field.type == FieldDescriptor.TYPE_ENUM:
        return field.enum_type.values[chance.integers(len(field.enum_type.values))].number
    whole = int(_INTEGERS[chance.integers(len(_INTEGERS))])
    small = field.type == FieldDescriptor.TYPE_INT32
    return whole % 32 if small else whole


def _table(data: bytes, chance: Chance) -> bytes:
    rows = [line.split(b",") for line in data.split(b"\n")]
    row = rows[chance.integers(len(rows))]
    cells = (b"", b"nan", b"1e999", b"-", b'"', b'"a,b"', b"=1", b"9" * 40, b"\xff", b"a;b", b"\0")
    row[chance.integers(len(row))] = cells[chance.integers(len(cells))]
    return b"\n".join(b",".join(row) for row in rows)


_AWARE: dict[str, Callable[[bytes, Chance], bytes]] = {
    "archive": _archive,
    "safetensors": _safetensors,
    "onnx": _protobuf,
    "json": _json,
    "table": _table,
}
