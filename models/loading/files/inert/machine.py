"""A small interpreter of pickle opcodes in which nothing can be called.

It keeps the stack, the marks and the memo as the pickle wants them; names stay two words, objects
become placeholders. Values nest as deep as the file likes: nothing here recurses into them.
"""

import io
import pickletools
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import IO, Any

from explain.core.errors import ImportRefused
from models.loading.files.inert.rebuilding import PLAIN, call, check_name, enter, identified
from models.loading.files.inert.values import Foreign, Name, Storage

_OPCODES = 2_000_000
_TABLE = MappingProxyType({opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes})


@dataclass(frozen=True, slots=True, kw_only=True)
class PickleValue:
    """The value of a pickle and the foreign names it uses, in the order of their first mention.

    `storages`: those that it names, by their keys.
    """

    value: object
    names: tuple[str, ...]
    storages: Mapping[str, Storage]


@dataclass(slots=True, eq=False)
class _Machine:
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)

    def above_mark(self) -> list[Any]:
        place = self.marks.pop()
        found = self.stack[place:]
        del self.stack[place:]
        return found

    def below(self) -> int:
        """Return how low the stack may be popped: marks stay in order."""
        return self.marks[-1] if self.marks else 0

    def pop(self) -> Any:
        if len(self.stack) <= self.below():
            raise IndexError
        return self.stack.pop()

    def top(self) -> Any:
        if len(self.stack) <= self.below():
            raise IndexError
        return self.stack[-1]


def interpret(data: bytes) -> PickleValue:
    """Return what the pickle `data` holds, with dead placeholders for all objects.

    Costs time and memory in proportion to the bytes, whatever they say.

    Raises:
        ImportRefused: as `interpret_next`, or bytes behind its end.
    """
    stream = io.BytesIO(data)
    found = interpret_next(stream, len(data))
    if stream.read(1):
        raise ImportRefused("loading.checkpoint.pickle.bytes_behind")
    return found


def interpret_next(stream: IO[bytes], most: int) -> PickleValue:
    """Return what the pickle holds that begins here, as `interpret` does, and stop behind its end.

    Raises:
        ImportRefused: no pickle, one of more than `most` bytes or 2,000,000 opcodes, an opcode that
            no file of torch uses, or a name by which pickles run programs.
    """
    machine = _Machine()
    for opcode, argument in _walked(stream, most):
        try:
            _ACTIONS[opcode](machine, argument)
        except KeyError as error:
            raise ImportRefused("loading.checkpoint.pickle.value_missing", opcode=opcode) from error
        except (IndexError, TypeError, AttributeError) as error:
            raise ImportRefused(
                "loading.checkpoint.pickle.damaged_instruction", opcode=opcode
            ) from error
    if len(machine.stack) != 1 or machine.marks:
        raise ImportRefused("loading.checkpoint.pickle.end")
    return PickleValue(
        value=machine.stack[0], names=tuple(machine.names), storages=machine.storages
    )


def _walked(stream: IO[bytes], most: int) -> Iterator[tuple[str, Any]]:
    """Yield opcode and argument up to the end; unknown opcodes are refused before they are read."""
    last = stream.tell() + most
    for _ in range(_OPCODES):
        opcode = _TABLE.get(stream.read(1))
        if opcode is None or opcode.name not in _ACTIONS:
            if opcode is None:
                raise ImportRefused("loading.checkpoint.pickle.cut_off")
            raise ImportRefused("loading.checkpoint.pickle.unread_instruction", name=opcode.name)
        argument = _argument(opcode, stream)
        if stream.tell() > last:
            raise ImportRefused("loading.checkpoint.pickle.too_many_bytes", most=most)
        yield opcode.name, argument
        if opcode.name == "STOP":
            break
    else:
        raise ImportRefused("loading.checkpoint.pickle.too_many_instructions", most=_OPCODES)


def _argument(opcode: pickletools.OpcodeInfo, stream: IO[bytes]) -> Any:
    try:
        if opcode.name in {"GLOBAL", "INST"}:
            return _line(stream), _line(stream)
        return opcode.arg.reader(stream) if opcode.arg else None
    except (ValueError, OverflowError, struct.error) as error:
        raise ImportRefused(
            "loading.checkpoint.pickle.instruction_cut_off", name=opcode.name
        ) from error


def _line(stream: IO[bytes]) -> str:
    """Return a word that ends with its line."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise ValueError
    return line[:-1].decode("utf-8")


def _push(machine: _Machine, argument: object) -> None:
    huge = isinstance(argument, int) and not -(2**63) <= argument < 2**63
    machine.stack.append(Foreign("builtins.int", argument) if huge else argument)


def _pushing(make: Callable[[_Machine], object]) -> Callable[[_Machine, Any], None]:
    """Return the action that pushes what `make` takes off the machine, or makes anew."""
    return lambda machine, _: machine.stack.append(make(machine))


def _pass(machine: _Machine, argument: object) -> None:
    """Change nothing: PROTO, FRAME and STOP only tell where the pickle begins and ends."""


def _mark(machine: _Machine, _: object) -> None:
    machine.marks.append(len(machine.stack))


def _pop(machine: _Machine, _: object) -> None:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.pop()


def _pop_mark(machine: _Machine, _: object) -> None:
    machine.above_mark()


def _tuple_of(count: int) -> Callable[[_Machine, Any], None]:
    return _pushing(lambda machine: tuple([machine.pop() for _ in range(count)][::-1]))


def _dict(machine: _Machine, _: object) -> None:
    pairs = machine.above_mark()
    machine.stack.append({})
    _set_pairs(machine.stack[-1], pairs)


def _append(machine: _Machine, _: object) -> None:
    value = machine.pop()
    _elements(machine.top()).append(value)


def _appends(machine: _Machine, _: object) -> None:
    values = machine.above_mark()
    _elements(machine.top()).extend(values)


def _elements(target: object) -> list[object]:
    if isinstance(target, Foreign):
        return target.elements
    if not isinstance(target, list):
        raise TypeError
    return target


def _set_item(machine: _Machine, _: object) -> None:
    value, key = machine.pop(), machine.pop()
    _set_pairs(machine.top(), [key, value])


def _set_items(machine: _Machine, _: object) -> None:
    pairs = machine.above_mark()
    _set_pairs(machine.top(), pairs)


def _set_pairs(target: object, pairs: list[Any]) -> None:
    items = target.items if isinstance(target, Foreign) else target
    if not isinstance(items, dict) or len(pairs) % 2:
        raise TypeError
    enter(items, zip(pairs[::2], pairs[1::2], strict=True))


def _put(machine: _Machine, index: int) -> None:
    machine.memo[index] = machine.top()


def _memoise(machine: _Machine, _: object) -> None:
    machine.memo[len(machine.memo)] = machine.top()


def _get(machine: _Machine, index: int) -> None:
    machine.stack.append(machine.memo[index])


def _global(machine: _Machine, argument: tuple[str, str]) -> None:
    machine.stack.append(_named(machine, *argument))


def _stack_global(machine: _Machine, _: object) -> None:
    name, module = machine.pop(), machine.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise TypeError
    machine.stack.append(_named(machine, module, name))


def _named(machine: _Machine, module: str, name: str) -> Name:
    found = Name(module, name)
    check_name(found)
    if found.dotted not in PLAIN:
        machine.names.setdefault(found.dotted)
    return found


def _reduce(machine: _Machine, _: object) -> None:
    arguments, function = machine.pop(), machine.pop()
    machine.stack.append(call(function, arguments))


def _new_with_keywords(machine: _Machine, _: object) -> None:
    machine.pop()
    _reduce(machine, None)


def _instance(machine: _Machine, argument: tuple[str, str]) -> None:
    arguments = tuple(machine.above_mark())
    _global(machine, argument)
    machine.stack.append(call(machine.pop(), arguments))


def _object(machine: _Machine, _: object) -> None:
    function, *arguments = machine.above_mark()
    machine.stack.append(call(function, tuple(arguments)))


def _build(machine: _Machine, _: object) -> None:
    state = machine.pop()
    target = machine.top()
    if isinstance(target, Foreign):
        target.state = state


def _identify(machine: _Machine, identity: object) -> Storage | Name:
    found = identified(identity)
    if isinstance(found, Storage):
        machine.storages.setdefault(found.key, found)
    return found


_ACTIONS: MappingProxyType[str, Callable[[_Machine, Any], None]] = MappingProxyType(
    dict.fromkeys(("PROTO", "FRAME", "STOP"), _pass)
    | dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"), _push)
    | dict.fromkeys(("BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES"), _push)
    | dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), _push)
    | dict.fromkeys(("BINBYTES8", "BYTEARRAY8"), _push)
    | {"NONE": _pushing(lambda _: None), "EMPTY_TUPLE": _pushing(lambda _: ())}
    | {"NEWTRUE": _pushing(lambda _: True), "NEWFALSE": _pushing(lambda _: False)}
    | dict.fromkeys(("EMPTY_LIST", "EMPTY_SET"), _pushing(lambda _: []))
    | {"EMPTY_DICT": _pushing(lambda _: {})}
    | {"MARK": _mark, "POP": _pop, "POP_MARK": _pop_mark, "DUP": _pushing(_Machine.top)}
    | {"TUPLE1": _tuple_of(1), "TUPLE2": _tuple_of(2), "TUPLE3": _tuple_of(3)}
    | {"TUPLE": _pushing(lambda machine: tuple(machine.above_mark())), "DICT": _dict}
    | dict.fromkeys(("LIST", "FROZENSET"), _pushing(_Machine.above_mark))
    | {"APPEND": _append, "APPENDS": _appends, "ADDITEMS": _appends}
    | {"SETITEM": _set_item, "SETITEMS": _set_items}
    | {"MEMOIZE": _memoise}
    | dict.fromkeys(("BINPUT", "LONG_BINPUT"), _put)
    | dict.fromkeys(("BINGET", "LONG_BINGET"), _get)
    | {"GLOBAL": _global, "STACK_GLOBAL": _stack_global}
    | {"REDUCE": _reduce, "NEWOBJ": _reduce, "NEWOBJ_EX": _new_with_keywords}
    | {"INST": _instance, "OBJ": _object, "BUILD": _build}
    | {"BINPERSID": _pushing(lambda machine: _identify(machine, machine.pop()))}
)
"""Opcode -> what it does. Not there: extension codes, buffers, the text of protocol 0."""
