"""Hostile .pt2 files: each is a good one with one thing changed."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.parts import calls
from tests.hostile.parts.pickling import pickled, torch_file
from tests.hostile.parts.programs import (
    CONSTANTS,
    GRAPH,
    WEIGHTS,
    edited,
    good_pt2,
    node,
    replaced,
    root,
)
from tests.hostile.parts.zips import Entry, deflated_zeros, unzipped, zipped
from tests.hostile.record import Hostile

_SAMPLES = "data/sample_inputs/model.pt"
_HUGE = 10**12
_Json = Any


def _graph(content: _Json) -> _Json:
    return content["graph_module"]["graph"]


def _shape(value: _Json, *sizes: int, strides: tuple[int, ...] = ()) -> None:
    value["sizes"] = [{"as_int": size} for size in sizes]
    value["strides"] = [{"as_int": stride} for stride in strides or (0,) * len(sizes)]


def _config(change: Callable[[_Json], object], entry: str = WEIGHTS) -> Callable[[Path], bytes]:
    return lambda _: edited(entry, lambda content: change(content["config"]))


def _in_graph(change: Callable[[_Json], object]) -> Callable[[Path], bytes]:
    return lambda _: edited(GRAPH, lambda content: change(_graph(content)))


def _samples(push: Callable[[Path], bytes]) -> Callable[[Path], bytes]:
    return lambda marker: replaced(_SAMPLES, torch_file(pickled(push(marker))))


def _plain_samples(marker: Path) -> bytes:
    return replaced(_SAMPLES, pickled(calls.opened(marker)))


def _pickled_weight(marker: Path) -> bytes:
    def change(content: _Json) -> None:
        content["config"]["0.weight"]["use_pickle"] = True

    base = edited(WEIGHTS, change)
    return replaced("data/weights/weight_0", torch_file(pickled(calls.opened(marker))), base=base)


def _constant(content: _Json, path: str) -> None:
    content["config"]["extra"] = {
        "path_name": path,
        "is_param": False,
        "use_pickle": True,
        "tensor_meta": None,
    }


def _object(path: str, data: bytes) -> bytes:
    """Return the good file with a constant that nobody uses."""
    base = edited(CONSTANTS, lambda content: _constant(content, path))
    return replaced(f"data/constants/{path}", data, base=base)


def _used_object(path: str, data: bytes, argument: _Json, spec: _Json) -> bytes:
    """Return the good file with a constant that the graph takes."""

    def change(content: _Json) -> None:
        _graph(content)["inputs"].insert(0, argument)
        content["graph_module"]["signature"]["input_specs"].insert(0, spec)
        _graph(content)["tensor_values"]["c_extra"] = _plain_value(5)

    return edited(GRAPH, change, base=_object(path, data))


def _used_tensor(marker: Path) -> bytes:
    spec = {"arg": {"name": "c_extra"}, "tensor_constant_name": "extra"}
    return _used_object(
        "tensor_0",
        torch_file(pickled(calls.told_python(marker))),
        {"as_tensor": {"name": "c_extra"}},
        {"tensor_constant": spec},
    )


def _used_script(marker: Path) -> bytes:
    argument = {"name": "c_extra", "class_fqn": "__torch__.Evil"}
    return _used_object(
        "custom_obj_0",
        torch_file(pickled(calls.opened(marker))),
        {"as_custom_obj": argument},
        {"custom_obj": {"arg": argument, "custom_obj_name": "extra"}},
    )


def _old_weights(marker: Path) -> bytes:
    return replaced("data/weights/model.pt", torch_file(pickled(calls.shell(marker))))


def _expression(marker: Path) -> str:
    return f'__import__("os").mkdir({str(marker)!r}) or Symbol("s9", positive=True, integer=True)'


def _symbol(marker: Path, place: Callable[[_Json, _Json], None]) -> bytes:
    size = {"as_expr": {"expr_str": _expression(marker), "hint": {"as_int": 2}}}
    return edited(GRAPH, lambda content: place(_graph(content), size))


def _symbol_in_input(marker: Path) -> bytes:
    def place(graph: _Json, size: _Json) -> None:
        graph["tensor_values"]["input"]["sizes"][0] = size

    return _symbol(marker, place)


def _symbol_in_stride(marker: Path) -> bytes:
    def place(graph: _Json, size: _Json) -> None:
        graph["tensor_values"]["relu"]["strides"][0] = size

    return _symbol(marker, place)


def _symbol_in_value(marker: Path) -> bytes:
    def place(graph: _Json, size: _Json) -> None:
        graph["sym_int_values"]["n"] = size

    return _symbol(marker, place)


def _symbol_in_weight(marker: Path) -> bytes:
    def change(content: _Json) -> None:
        size = {"as_expr": {"expr_str": _expression(marker), "hint": {"as_int": 3}}}
        content["config"]["0.weight"]["tensor_meta"]["sizes"][0] = size

    return edited(WEIGHTS, change)


def _guards(*lines: str) -> Callable[[Path], bytes]:
    def make(marker: Path) -> bytes:
        code = [line.replace("MARKER", repr(str(marker))) for line in lines]
        return edited(GRAPH, lambda content: content.update(guards_code=code))

    return make


def _from_file(marker: Path, target: str) -> bytes:
    def change(graph: _Json) -> None:
        extra = node(
            target,
            "extra",
            ("filename", {"as_string": str(marker)}),
            ("shared", {"as_bool": True}),
            ("size", {"as_int": 5}),
        )
        graph["nodes"].insert(0, extra)
        graph["tensor_values"]["extra"] = _plain_value(5)
        graph["nodes"][1]["inputs"][2]["arg"] = {"as_tensor": {"name": "extra"}}

    return edited(GRAPH, lambda content: change(_graph(content)))


def _plain_value(*sizes: int) -> _Json:
    value = {
        "dtype": 7,
        "requires_grad": False,
        "device": {"type": "cpu", "index": None},
        "storage_offset": {"as_int": 0},
        "layout": 7,
    }
    _shape(value, *sizes, strides=(1,) * len(sizes))
    return value


def _target(name: str) -> Callable[[Path], bytes]:
    def change(graph: _Json) -> None:
        graph["nodes"][1]["target"] = name

    return _in_graph(change)


def _shell_target(marker: Path) -> bytes:
    def change(graph: _Json) -> None:
        graph["nodes"][1] = node(
            "torch.os.system", "relu", ("command", {"as_string": f"touch '{marker}'"})
        )

    return edited(GRAPH, lambda content: change(_graph(content)))


def _code_name(marker: Path) -> str:
    return f'training");getattr(__import__("os"),"mkdir")({str(marker)!r});str("'


def _renamed_parameter(marker: Path) -> bytes:
    hostile = _code_name(marker)
    base = edited(WEIGHTS, lambda content: _rename(content["config"], "0.weight", hostile))

    def change(content: _Json) -> None:
        spec = content["graph_module"]["signature"]["input_specs"][0]["parameter"]
        spec["parameter_name"] = hostile

    return edited(GRAPH, change, base=base)


def _rename(mapping: _Json, old: str, new: str) -> None:
    items = [(new if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(items)


def _renamed_value(marker: Path) -> bytes:
    hostile = f'x=__import__("os").mkdir({str(marker)!r})'
    text = unzipped(good_pt2())[f"{root(good_pt2())}/{GRAPH}"].decode()
    return replaced(GRAPH, text.replace('"relu"', json.dumps(hostile)).encode())


def _renamed_layer(name: str) -> Callable[[Path], bytes]:
    """Return the good file whose first layer has another name, wherever it stands."""

    def make(_: Path) -> bytes:
        text = _text_of_graph().replace('"0.', json.dumps(name)[:-1] + ".")
        stack = text.replace("L__self__0,0,", f"L__self__0,{json.dumps(name)[1:-1]},")
        base = replaced(GRAPH, stack.encode())
        for part in ("weight", "bias"):
            base = edited(
                WEIGHTS,
                lambda content, part=part: _rename(
                    content["config"], f"0.{part}", f"{name}.{part}"
                ),
                base=base,
            )
        return base

    return make


def _zeros(*sizes: int) -> Callable[[Path], bytes]:
    def change(graph: _Json) -> None:
        extra = node(
            "torch.ops.aten.full.default",
            "extra",
            ("size", {"as_ints": list(sizes)}),
            ("fill_value", {"as_float": 0.0}),
        )
        total = node(
            "torch.ops.aten.sum.default", "total", ("self", {"as_tensor": {"name": "extra"}})
        )
        add = node(
            "torch.ops.aten.add.Tensor",
            "added",
            ("self", {"as_tensor": {"name": "linear_1"}}),
            ("other", {"as_tensor": {"name": "total"}}),
        )
        graph["nodes"] += [extra, total, add]
        graph["tensor_values"]["extra"] = _plain_value(*sizes)
        graph["tensor_values"]["total"] = _plain_value()
        graph["tensor_values"]["added"] = copy.deepcopy(graph["tensor_values"]["linear_1"])

    return lambda _: _answering("added", change)


def _expanded(_: Path) -> bytes:
    def change(graph: _Json) -> None:
        wide = node(
            "torch.ops.aten.expand.default",
            "wide",
            ("self", {"as_tensor": {"name": "p_2_bias"}}),
            ("size", {"as_ints": [_HUGE, 4]}),
        )
        grown = node(
            "torch.ops.aten.exp.default", "grown", ("self", {"as_tensor": {"name": "wide"}})
        )
        total = node(
            "torch.ops.aten.sum.default", "total", ("self", {"as_tensor": {"name": "grown"}})
        )
        add = node(
            "torch.ops.aten.add.Tensor",
            "added",
            ("self", {"as_tensor": {"name": "linear_1"}}),
            ("other", {"as_tensor": {"name": "total"}}),
        )
        graph["nodes"] += [wide, grown, total, add]
        for name in ("wide", "grown"):
            graph["tensor_values"][name] = _plain_value(_HUGE, 4)
        graph["tensor_values"]["total"] = _plain_value()
        graph["tensor_values"]["added"] = copy.deepcopy(graph["tensor_values"]["linear_1"])

    return _answering("added", change)


def _answering(name: str, change: Callable[[_Json], object]) -> bytes:
    """Return the good file with its graph changed and another value for an answer."""

    def whole(content: _Json) -> None:
        change(_graph(content))
        answer = {"as_tensor": {"name": name}}
        _graph(content)["outputs"] = [answer]
        specs = [{"user_output": {"arg": answer}}]
        content["graph_module"]["signature"]["output_specs"] = specs

    return edited(GRAPH, whole)


def _many_nodes(_: Path) -> bytes:
    def change(graph: _Json) -> None:
        value = graph["tensor_values"]["linear_1"]
        before = "linear_1"
        for number in range(20_001):
            name = f"r{number}"
            graph["nodes"].append(
                node("torch.ops.aten.relu.default", name, ("self", {"as_tensor": {"name": before}}))
            )
            graph["tensor_values"][name] = value
            before = name

    return _answering("r20000", change)


def _many_weights(_: Path) -> bytes:
    def change(content: _Json) -> None:
        config = content["config"]
        for number in range(20_001):
            config[f"extra{number}"] = config["2.bias"]

    return edited(WEIGHTS, change)


def _cycle(graph: _Json) -> None:
    graph["nodes"][0]["inputs"][0]["arg"] = {"as_tensor": {"name": "linear_1"}}


def _undefined(graph: _Json) -> None:
    graph["nodes"][1]["inputs"][0]["arg"] = {"as_tensor": {"name": "nowhere"}}


def _twice(graph: _Json) -> None:
    graph["nodes"][2]["name"] = "relu"
    graph["nodes"][2]["outputs"] = [{"as_tensor": {"name": "relu"}}]


def _wide_weight(config: _Json) -> None:
    _shape(config["0.weight"]["tensor_meta"], 5, 7, strides=(7, 1))


def _huge_weight(config: _Json) -> None:
    _shape(config["0.weight"]["tensor_meta"], _HUGE, 6)


def _far_weight(config: _Json) -> None:
    config["0.weight"]["tensor_meta"]["storage_offset"] = {"as_int": _HUGE}


def _negative_stride(config: _Json) -> None:
    _shape(config["0.weight"]["tensor_meta"], 5, 6, strides=(-6, -1))


def _half_a_stride(config: _Json) -> None:
    _shape(config["0.weight"]["tensor_meta"], 5, 6, strides=(0, 1))


def _kind(field: str, value: _Json) -> Callable[[Path], bytes]:
    def change(config: _Json) -> None:
        config["0.weight"]["tensor_meta"][field] = value

    return _config(change)


def _path_name(path: str) -> Callable[[Path], bytes]:
    def change(config: _Json) -> None:
        config["0.weight"]["path_name"] = path

    return _config(change)


def _text_of_graph() -> str:
    return unzipped(good_pt2())[f"{root(good_pt2())}/{GRAPH}"].decode()


def _doubled_key(_: Path) -> bytes:
    text = _text_of_graph().replace('"nodes": [', '"nodes": [], "nodes": [', 1)
    return replaced(GRAPH, text.encode())


def _not_a_number(_: Path) -> bytes:
    return replaced(GRAPH, _text_of_graph().replace('"as_int": 3', '"as_int": NaN', 1).encode())


def _deep(_: Path) -> bytes:
    return replaced(GRAPH, b"[" * 200_000 + b"]" * 200_000)


def _long_number(_: Path) -> bytes:
    digits = "9" * 100_000
    return replaced(
        GRAPH, _text_of_graph().replace('"as_int": 3', f'"as_int": {digits}', 1).encode()
    )


def _packed(entry: str, size: int) -> Callable[[Path], bytes]:
    def make(_: Path) -> bytes:
        data = good_pt2()
        name = f"{root(data)}/{entry}"
        kept = [Entry(name=key, data=value) for key, value in unzipped(data).items() if key != name]
        return zipped([*kept, deflated_zeros(name, size)])

    return make


def _not_finite(value: bytes) -> Callable[[Path], bytes]:
    return lambda _: replaced("data/weights/weight_0", value * 30)


def _library(_: Path) -> bytes:
    return zipped(
        [
            Entry(name="model/archive_format", data=b"pt2"),
            Entry(name="model/data/aotinductor/model/model.so", data=b"\x7fELF" + bytes(60)),
            Entry(name="model/data/aotinductor/model/model.cpp", data=b"int main() { return 0; }"),
        ]
    )


def _two_models(_: Path) -> bytes:
    return replaced("models/other.json", _text_of_graph().encode())


def _train(graph: _Json) -> None:
    extra = node(
        "torch.ops.aten.dropout.default",
        "relu",
        ("input", {"as_tensor": {"name": "linear"}}),
        ("p", {"as_float": 0.5}),
        ("train", {"as_bool": True}),
    )
    graph["nodes"][1] = extra


def _gpu_input(graph: _Json) -> None:
    graph["tensor_values"]["input"]["dtype"] = 99


def _branch(graph: _Json) -> None:
    graph["nodes"][1]["target"] = "torch.ops.higher_order.cond"


PT2: tuple[Hostile, ...] = (
    Hostile(
        key="pt2-sample-inputs-open",
        row="pt2-sample-inputs",
        door="model",
        attack="sample inputs whose pickle opens a file",
        make=_samples(calls.opened),
        naive="torch.export.load",
    ),
    Hostile(
        key="pt2-sample-inputs-shell",
        row="pt2-sample-inputs",
        door="model",
        attack="sample inputs whose pickle asks the shell",
        make=_samples(calls.shell),
        naive="torch.export.load",
    ),
    Hostile(
        key="pt2-sample-inputs-instance",
        row="pt2-sample-inputs",
        door="model",
        attack="sample inputs that call by the opcode INST",
        make=_samples(calls.instance),
        naive="torch.export.load",
    ),
    Hostile(
        key="pt2-sample-inputs-plain",
        row="pt2-sample-inputs",
        door="model",
        attack="sample inputs that are a bare pickle",
        make=_plain_samples,
    ),
    Hostile(
        key="pt2-weight-pickled",
        row="pt2-pickled-weights",
        door="model",
        attack="a weight that says use_pickle",
        make=_pickled_weight,
        naive="torch.export.load",
        says=("pickle",),
    ),
    Hostile(
        key="pt2-constant-pickled",
        row="pt2-pickled-weights",
        door="model",
        attack="a constant tensor that says use_pickle",
        make=_used_tensor,
        naive="torch.export.load",
        says=("pickle",),
    ),
    Hostile(
        key="pt2-weights-old-format",
        row="pt2-pickled-weights",
        door="model",
        attack="weights in the older format, one pickle for all",
        make=_old_weights,
        naive="torch.export.load",
    ),
    Hostile(
        key="pt2-object-open",
        row="pt2-objects",
        door="model",
        attack="an opaque object that opens a file, used by nobody",
        make=lambda marker: _object("opaque_obj_0", pickled(calls.opened(marker))),
        naive="torch.export.load",
    ),
    Hostile(
        key="pt2-object-folder",
        row="pt2-objects",
        door="model",
        attack="an opaque object in a pickle of protocol 0",
        make=lambda marker: _object(
            "opaque_obj_0", b"cos\nmkdir\n(V" + str(marker).encode() + b"\ntR."
        ),
        naive="torch.export.load",
    ),
    Hostile(
        key="pt2-object-script",
        row="pt2-objects",
        door="model",
        attack="a constant that is a class of TorchScript",
        make=_used_script,
        says=("no tensor",),
    ),
    Hostile(
        key="pt2-symbol-in-size",
        row="pt2-symbols",
        door="model",
        attack="a size of the input that is Python",
        make=_symbol_in_input,
        naive="torch.export.load",
    ),
    Hostile(
        key="pt2-symbol-in-stride",
        row="pt2-symbols",
        door="model",
        attack="a stride between two layers that is Python",
        make=_symbol_in_stride,
        naive="torch.export.load",
    ),
    Hostile(
        key="pt2-symbol-in-value",
        row="pt2-symbols",
        door="model",
        attack="a symbolic number that is Python, where nobody looks",
        make=_symbol_in_value,
    ),
    Hostile(
        key="pt2-symbol-in-weight",
        row="pt2-symbols",
        door="model",
        attack="a size of a weight that is an expression",
        make=_symbol_in_weight,
        says=("size",),
    ),
    Hostile(
        key="pt2-guard-folder",
        row="pt2-guards",
        door="model",
        attack="a guard that makes a folder",
        make=_guards('__import__("os").mkdir(MARKER) is None'),
        naive="ep.module run",
    ),
    Hostile(
        key="pt2-guard-open",
        row="pt2-guards",
        door="model",
        attack="a guard that leaves its function and runs when the module is made",
        make=_guards("True #\n, '')\nopen(MARKER, 'w')\ndef _unused():\n  (0"),
        naive="ep.module",
    ),
    Hostile(
        key="pt2-guard-list",
        row="pt2-guards",
        door="model",
        attack="a guard hidden in a comprehension",
        make=_guards("True", '[open(MARKER, "w") for _ in range(1)] != []'),
        naive="ep.module run",
    ),
    Hostile(
        key="pt2-from-file",
        row="effects",
        door="model",
        attack="the operator from_file, which writes",
        make=lambda marker: _from_file(marker, "torch.ops.aten.from_file.default"),
        naive="ep.module run",
        says=("from_file",),
    ),
    Hostile(
        key="pt2-from-file-out",
        row="effects",
        door="model",
        attack="another overload of from_file",
        make=lambda marker: _from_file(marker, "torch.ops.aten.from_file.out"),
        says=("from_file",),
    ),
    Hostile(
        key="pt2-resize",
        row="effects",
        door="model",
        attack="an operator that changes a weight in place",
        make=_target("torch.ops.aten.resize_.default"),
        says=("resize_",),
    ),
    Hostile(
        key="pt2-target-shell",
        row="foreign-targets",
        door="model",
        attack="a target that is torch.os.system",
        make=_shell_target,
        says=("torch.os.system",),
    ),
    Hostile(
        key="pt2-target-builtin",
        row="foreign-targets",
        door="model",
        attack="a target that is a builtin",
        make=_target("builtins.exec"),
        says=("builtins.exec",),
    ),
    Hostile(
        key="pt2-target-delete",
        row="foreign-targets",
        door="model",
        attack="a target from the module operator that deletes",
        make=_target("_operator.delitem"),
        says=("delitem",),
    ),
    Hostile(
        key="pt2-target-attribute",
        row="foreign-targets",
        door="model",
        attack="a target with more parts than a name has",
        make=_target("torch.ops.aten.relu.default.__globals__"),
        says=("__globals__",),
    ),
    Hostile(
        key="pt2-branch",
        row="control-flow",
        door="model",
        attack="a branch in the graph",
        make=_in_graph(_branch),
        says=("cond",),
    ),
    Hostile(
        key="pt2-name-parameter",
        row="names-into-code",
        door="model",
        attack="a parameter whose name is Python",
        make=_renamed_parameter,
    ),
    Hostile(
        key="pt2-name-value",
        row="names-into-code",
        door="model",
        attack="a value whose name is Python",
        make=_renamed_value,
    ),
    Hostile(
        key="pt2-name-script",
        row="markup",
        door="model",
        attack="layers called after a script",
        make=_renamed_layer("</script><script>alert(1)</script>"),
    ),
    Hostile(
        key="pt2-weight-huge",
        row="strides",
        door="model",
        attack="a weight of 6 · 10¹² elements with stride 0",
        make=_config(_huge_weight),
        says=("0.weight",),
    ),
    Hostile(
        key="pt2-weight-outside",
        row="strides",
        door="model",
        attack="a weight that is larger than its bytes",
        make=_config(_wide_weight),
        says=("0.weight",),
    ),
    Hostile(
        key="pt2-weight-far",
        row="strides",
        door="model",
        attack="a weight that begins behind its bytes",
        make=_config(_far_weight),
        says=("0.weight",),
    ),
    Hostile(
        key="pt2-weight-backwards",
        row="strides",
        door="model",
        attack="a weight with negative strides",
        make=_config(_negative_stride),
        says=("0.weight",),
    ),
    Hostile(
        key="pt2-weight-repeated",
        row="strides",
        door="model",
        attack="a weight all of whose rows are one row",
        make=_config(_half_a_stride),
        says=("0.weight",),
    ),
    Hostile(
        key="pt2-kind-unknown",
        row="graph-lies",
        door="model",
        attack="a weight of a type that does not exist",
        make=_kind("dtype", 99),
        says=("type",),
    ),
    Hostile(
        key="pt2-layout-sparse",
        row="graph-lies",
        door="model",
        attack="a weight in a sparse layout",
        make=_kind("layout", 1),
        says=("0.weight",),
    ),
    Hostile(
        key="pt2-input-unknown",
        row="graph-lies",
        door="model",
        attack="an input of a type that does not exist",
        make=_in_graph(_gpu_input),
        says=("type",),
    ),
    Hostile(
        key="pt2-cycle",
        row="graph-lies",
        door="model",
        attack="a step that needs a later one",
        make=_in_graph(_cycle),
        says=("linear_1",),
    ),
    Hostile(
        key="pt2-undefined",
        row="graph-lies",
        door="model",
        attack="a step that needs what nobody makes",
        make=_in_graph(_undefined),
        says=("nowhere",),
    ),
    Hostile(
        key="pt2-twice",
        row="graph-lies",
        door="model",
        attack="two steps of one name",
        make=_in_graph(_twice),
        says=("relu",),
    ),
    Hostile(
        key="pt2-train-mode",
        row="graph-lies",
        door="model",
        attack="a network that was exported while training",
        make=_in_graph(_train),
        says=("train",),
    ),
    Hostile(
        key="pt2-path-outside",
        row="zip-names",
        door="model",
        attack="a weight that lies outside the file",
        make=_path_name("../../../../etc/hostname"),
    ),
    Hostile(
        key="pt2-path-absolute",
        row="zip-names",
        door="model",
        attack="a weight that lies at an absolute path",
        make=_path_name("/etc/hostname"),
    ),
    Hostile(
        key="pt2-json-doubled",
        row="json",
        door="model",
        attack="a key that stands twice",
        make=_doubled_key,
        says=("twice",),
    ),
    Hostile(
        key="pt2-json-nan",
        row="json",
        door="model",
        attack="a size that is NaN",
        make=_not_a_number,
        says=("nan",),
    ),
    Hostile(
        key="pt2-json-deep",
        row="json",
        door="model",
        attack="200,000 brackets",
        make=_deep,
        says=("deep",),
    ),
    Hostile(
        key="pt2-json-long",
        row="json",
        door="model",
        attack="a number of 100,000 digits",
        make=_long_number,
        says=("number",),
    ),
    Hostile(
        key="pt2-deflated-weight",
        row="deflated-storages",
        door="model",
        attack="a weight that unpacks to 2 GB",
        make=_packed("data/weights/weight_0", 2 << 30),
    ),
    Hostile(
        key="pt2-deflated-graph",
        row="deflated-storages",
        door="model",
        attack="a graph that unpacks to 400 MB",
        make=_packed(GRAPH, 400 << 20),
    ),
    Hostile(
        key="pt2-weight-nan",
        row="not-finite",
        door="model",
        attack="a weight of NaN",
        make=_not_finite(b"\0\0\xc0\x7f"),
        says=("0.weight",),
    ),
    Hostile(
        key="pt2-many-nodes",
        row="many-nodes",
        door="model",
        attack="20,001 steps more than needed",
        make=_many_nodes,
        says=("4,000",),
    ),
    Hostile(
        key="pt2-many-weights",
        row="many-tensors",
        door="model",
        attack="20,001 weights more than needed",
        make=_many_weights,
        says=("20,000",),
    ),
    Hostile(
        key="pt2-zeros",
        row="run-bombs",
        door="model",
        attack="a step that makes 4 TB of zeros",
        make=_zeros(1_000_000, 1_000_000),
    ),
    Hostile(
        key="pt2-expand",
        row="run-bombs",
        door="model",
        attack="a step that repeats a bias 10¹² times",
        make=_expanded,
    ),
    Hostile(
        key="pt2-library",
        row="effects",
        door="model",
        attack="a compiled library in place of a graph",
        make=_library,
    ),
    Hostile(
        key="pt2-two-models",
        row="graph-lies",
        door="model",
        attack="two networks in one file",
        make=_two_models,
    ),
    Hostile(
        key="pt2-no-graph",
        row="graph-lies",
        door="model",
        attack="no graph at all",
        make=lambda _: replaced(GRAPH, None),
    ),
)
