"""Files that are no weights this project reads: why not, and what to do in place of them."""

from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["FOREIGN", "ForeignFile"]

_PT2 = (
    "torch.export.save(torch.export.export(network.eval(), (example,)), 'network.pt2') "
    "where the network was made."
)
_STATE = "torch.save(network.state_dict(), 'weights.pt')"
_SKLEARN = (
    "skl2onnx.to_onnx(model, x[:1].astype('float32'), options={'zipmap': False}), written to a "
    ".onnx file."
)
_KERAS = "model.export('network.onnx', format='onnx') in Keras 3."
_TENSORFLOW = "python -m tf2onnx.convert --saved-model FOLDER --output network.onnx"
_UNPACK = "Unpack it yourself and choose the model file inside."
_DATA = "Choose it as the data, not as the network."
_AGAIN = "Download or copy the file again and compare its size with the source."


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFile:
    """One kind of file that is refused: its key, what it is and why not, and what works."""

    key: str
    reason: str
    hint: str


_ALL = (
    ForeignFile(key="empty", reason="The file is empty.", hint=_AGAIN),
    ForeignFile(
        key="torchscript",
        reason="This is a TorchScript file: a program, not only weights. It is not run here.",
        hint=f"Export the network itself: {_PT2}",
    ),
    ForeignFile(
        key="torch-mobile",
        reason="This is a file for PyTorch on phones: a program, not only weights.",
        hint=f"Export the network itself: {_PT2}",
    ),
    ForeignFile(
        key="compiled",
        reason="This is a compiled network (AOTInductor or ExecuTorch): machine code.",
        hint=f"Export the network itself: {_PT2}",
    ),
    ForeignFile(
        key="torch-legacy",
        reason="This is a checkpoint in the old format of torch before 1.6, which is a pickle.",
        hint="Write it anew where you trust it: torch.save(torch.load('old.pth', "
        "weights_only=True), 'new.pt').",
    ),
    ForeignFile(
        key="keras",
        reason="This is a .keras file: it may hold code in its layers, so it is not opened.",
        hint=f"Export it as ONNX: {_KERAS}",
    ),
    ForeignFile(
        key="hdf5",
        reason="This is an HDF5 file (.h5), of Keras or of something else; it is not opened.",
        hint=f"Export the network as ONNX: {_KERAS} Or save tables as .csv, arrays as .npz.",
    ),
    ForeignFile(
        key="sklearn",
        reason="This is a pickle of scikit-learn or joblib: a program that runs when it is opened.",
        hint=f"Export the model as ONNX: {_SKLEARN}",
    ),
    ForeignFile(
        key="pickle",
        reason="This is a pickle: a program that runs when it is opened.",
        hint=f"Save plain weights in place of it: {_STATE}, or export the network: {_PT2}",
    ),
    ForeignFile(
        key="skops",
        reason="This is a skops file of scikit-learn, which is not read here.",
        hint=f"Export the model as ONNX: {_SKLEARN}",
    ),
    ForeignFile(
        key="savedmodel",
        reason="This is a TensorFlow SavedModel or graph, which is not read here.",
        hint=f"Convert it to ONNX: {_TENSORFLOW}",
    ),
    ForeignFile(
        key="tflite",
        reason="This is a TensorFlow Lite file, which is not read here.",
        hint="Convert it to ONNX: python -m tf2onnx.convert --tflite FILE --output network.onnx",
    ),
    ForeignFile(
        key="gguf",
        reason="This is a GGUF or GGML file: a language model with packed weights.",
        hint="Networks of that size and kind are outside what this page can show.",
    ),
    ForeignFile(
        key="hub-folder",
        reason="This is a zipped folder of a model hub, with configuration and weights.",
        hint=f"Choose model.safetensors from it, or export the network: {_PT2}",
    ),
    *(
        ForeignFile(
            key=name,
            reason=f"This is packed with {name}, and archives are not unpacked here.",
            hint=_UNPACK,
        )
        for name in ("tar", "gzip", "bzip2", "xz", "zstd", "lz4", "7z", "rar", "split-zip")
    ),
    ForeignFile(key="zip", reason="This zip file holds no network that is known.", hint=_UNPACK),
    ForeignFile(
        key="arrays",
        reason="This is a file of numpy arrays: data, not a network.",
        hint=f"{_DATA} Weights go in as .safetensors or .pt.",
    ),
    ForeignFile(
        key="pictures", reason="This is a picture or a zip file of pictures: data.", hint=_DATA
    ),
    ForeignFile(
        key="columns",
        reason="This is a table in a binary format (Parquet, Arrow, Excel, SQLite).",
        hint="Write it as .csv and choose that as the data.",
    ),
    ForeignFile(
        key="lfs-pointer",
        reason="This is a pointer of Git LFS: three lines of text in place of the real file.",
        hint="Fetch the file itself: git lfs pull, or the download button of the web page.",
    ),
    ForeignFile(
        key="web-page",
        reason="This is a web page or XML, not a network: often what a failed download leaves.",
        hint="Open the address in a browser, log in if asked, and download the file itself.",
    ),
    ForeignFile(
        key="json",
        reason="This is JSON: a configuration or a model card, without weights.",
        hint="Choose the file with the weights here; a model card goes beside it.",
    ),
    ForeignFile(
        key="text",
        reason="This is text: a table, source code or a note, not a network.",
        hint="A .csv table goes in as the data. Source code is never run here; export the network: "
        f"{_PT2}",
    ),
    ForeignFile(
        key="program",
        reason="This is a program for a computer, not a network.",
        hint="Choose a .pt2, .onnx, .safetensors or .pt file.",
    ),
    ForeignFile(
        key="document",
        reason="This is a document, not a network.",
        hint="Choose a .pt2, .onnx, .safetensors or .pt file.",
    ),
    ForeignFile(
        key="unknown",
        reason="Nothing known starts like this file: it is damaged, encrypted or of a rare kind.",
        hint="Choose a .pt2, .onnx, .safetensors or .pt file. " + _AGAIN,
    ),
)
FOREIGN = MappingProxyType({kind.key: kind for kind in _ALL})
"""Key -> kind of file that is refused."""
