"""Archives of torch with any pickle inside."""

import io
import struct
import zipfile


def archived(index, *storages, root="archive", extra=(), method=zipfile.ZIP_STORED):
    """Return a torch archive around the pickle `index` and raw storages 0, 1, ..."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(f"{root}/data.pkl", index)
        archive.writestr(f"{root}/byteorder", b"little")
        for place, storage in enumerate(storages):
            archive.writestr(f"{root}/data/{place}", storage)
        archive.writestr(f"{root}/version", b"3\n")
        for name, content in extra:
            archive.writestr(f"{root}/{name}", content)
    return file.getvalue()


def word(text):
    data = text.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value):
    return b"\x8a\x10" + value.to_bytes(16, "little", signed=True)


def numbers(values):
    return b"(" + b"".join(number(value) for value in values) + b"t"


def tensor(size, stride, *, offset=0, elements=6, key="0", kind=b"ctorch\nFloatStorage\n"):
    """Return the opcodes of one tensor."""
    storage = b"(" + word("storage") + kind + word(key) + word("cpu") + number(elements) + b"tQ"
    body = storage + number(offset) + numbers(size) + numbers(stride)
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + body + b"\x89ccollections\nOrderedDict\n)RtR"


def pickled(**entries):
    """Return a pickle of a dict of opcodes."""
    body = b"".join(word(name) + value for name, value in entries.items())
    return b"\x80\x02}(" + body + b"u."
