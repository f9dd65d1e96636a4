"""A zip of pictures, one folder per class, or a single picture."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.errors import ImportRefused
from explain.core.subject import Samples
from models.loading.card.model_card import Card
from models.loading.data.labels import Answers, as_classes
from models.loading.data.pictures import Wanted, read_picture
from models.loading.data.record import Data
from models.loading.data.wording import counted, listed, quoted
from models.loading.files.zip_archive import Archive
from models.loading.limits import Limits

__all__ = ["read_images"]

_JUNK = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Pictures by their path, what was changed how often, and why which were skipped."""

    pixels: Mapping[str, NDArray[np.uint8]]
    changes: Mapping[str, int]
    skipped: Mapping[str, str]


def read_images(data: bytes, card: Card, limits: Limits, *, name: str = "picture") -> Data:
    """Return pictures as uint8 [n, colours, height, width], in the order of the archive.

    `data` is a zip archive or one picture (called `name`). The innermost folder of an entry is its
    class; where all lie in one folder that is no label, or in none, they are unlabelled. A picture
    that cannot be read is skipped and listed with its reason. Where all of them would take more
    memory than the limit, rows at regular distances are taken, and the report says so.

    Raises:
        ImportRefused: no picture can be read, sizes differ and the card names none, a folder is no
            label, or the archive is refused.
    """
    wanted = _wanted(card)
    if not data.startswith(b"PK"):
        picture = read_picture(data, wanted, limits)
        found = _Found(pixels={name: picture.pixels}, changes=Counter(picture.changes), skipped={})
        return _data(found, None, {}, _size_report(found))
    archive = Archive.open(data, limits)
    paths = [path for path in archive.names if not _is_junk(path)]
    chosen = _chosen(paths, wanted, limits)
    found = _read_all(archive, chosen, wanted, limits)
    folders = {path: _folder(path) for path in found.pixels}
    answers, said = _answers(folders, card, limits)
    kept = [p for p, there in zip(folders, answers.known, strict=True) if there] if answers else []
    report = [
        f"{counted(len(found.pixels), 'picture')} read from {counted(len(archive.names), 'file')}.",
        *_junk_report(len(archive.names) - len(paths)),
        *_choice_report(len(paths), len(chosen)),
        *_skip_report(found.skipped),
        *said,
        *_size_report(found),
    ]
    return _data(found, answers, _above(kept or list(folders)), report)


def _wanted(card: Card) -> Wanted:
    """Return what the card says about the form of a picture.

    Raises:
        ImportRefused: the input is no picture of 1, 3 or 4 colours.
    """
    process, shape = card.preprocess, card.input.shape
    if not shape:
        return Wanted(colours=3, size=None)
    if len(shape) != 3:
        raise ImportRefused(
            f"The network takes {list(shape)}, which is no picture.",
            hint="Give a table, or an npz of that shape.",
        )
    last = card.input.layout == "NHWC"
    colours, size = (shape[2], shape[:2]) if last else (shape[0], shape[1:])
    if colours not in {1, 3, 4}:
        raise ImportRefused(
            f"A picture of {colours:,} colours cannot be made from a file.",
            hint="Correct the layout on the card (NCHW or NHWC), or give an npz.",
        )
    return Wanted(
        colours=colours,
        size=(size[0], size[1]),
        resize=process.resize,
        interpolation=process.interpolation,
    )


def _is_junk(path: str) -> bool:
    """Return whether an entry is left behind by a system."""
    parts = path.split("/")
    return (
        parts[-1].lower() in _JUNK
        or parts[0] == "__MACOSX"
        or any(part.startswith(".") for part in parts)
    )


def _chosen(paths: Sequence[str], wanted: Wanted, limits: Limits) -> list[str]:
    """Return paths at regular distances, as many as fit into memory as the network takes them."""
    if wanted.size is None or not paths:
        return list(paths)
    each = 4 * wanted.colours * wanted.size[0] * wanted.size[1]
    most = max(1, limits.samples_bytes // each)
    count = min(len(paths), most)
    return [paths[place * len(paths) // count] for place in range(count)]


def _read_all(archive: Archive, paths: Sequence[str], wanted: Wanted, limits: Limits) -> _Found:
    pixels: dict[str, NDArray[np.uint8]] = {}
    changes: Counter[str] = Counter()
    skipped: dict[str, str] = {}
    for path in paths:
        try:
            picture = read_picture(archive.read(path), wanted, limits)
        except ImportRefused as refused:
            skipped[path] = refused.reason.removeprefix("The picture ").removesuffix(".")
            continue
        pixels[path] = picture.pixels
        changes.update(picture.changes)
    if not pixels:
        reasons = listed((f"{quoted(p)} {why}" for p, why in skipped.items()), most=3)
        raise ImportRefused(
            f"No picture in the archive can be read. {reasons}",
            hint="Give PNG, JPEG, WEBP or BMP files, one folder per class.",
        )
    return _Found(pixels=pixels, changes=changes, skipped=skipped)


def _folder(path: str) -> str:
    """Return the innermost folder of an entry, "" where there is none."""
    return PurePosixPath(path).parent.name


def _answers(
    folders: Mapping[str, str], card: Card, limits: Limits
) -> tuple[Answers | None, list[str]]:
    """Return the class of each picture by its folder, None where folders are no classes."""
    names = set(folders.values())
    if card.task in {"regression", "multilabel"}:
        return None, [f"Folders are no answers of a {card.task}: the pictures are unlabelled."]
    if names == {""} or (len(names) == 1 and not names & set(card.labels)):
        return None, ["No folders per class: the pictures are unlabelled."]
    answers = as_classes(list(folders.values()), card.labels, limits)
    loose = sum(not folder for folder in folders.values())
    counts = Counter(folder for folder in folders.values() if folder)
    said = [f"Folders as classes: {listed(f'{quoted(n)} {c:,}' for n, c in counts.items())}."]
    if loose:
        said.append(f"{counted(loose, 'picture')} outside all folders left out: no class is known.")
    return answers, [*said, *answers.report, *_twins(names)]


def _twins(names: set[str]) -> list[str]:
    """Return a sentence where folders differ only by the case of letters."""
    folded = Counter(name.casefold() for name in names)
    twice = sorted(name for name in names if folded[name.casefold()] > 1)
    return [f"Folders that differ only in case: {listed(map(quoted, twice))}."] if twice else []


def _above(paths: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the folders above the classes as a group, where they differ."""
    outer = tuple(str(PurePosixPath(path).parent.parent) for path in paths)
    return {"folder": outer} if len(set(outer)) > 1 else {}


def _data(
    found: _Found,
    answers: Answers | None,
    groups: Mapping[str, tuple[str, ...]],
    report: Sequence[str],
) -> Data:
    known = [True] * len(found.pixels) if answers is None else list(answers.known)
    kept = [path for path, there in zip(found.pixels, known, strict=True) if there]
    stacked = np.stack([found.pixels[path] for path in kept])
    samples = Samples(
        inputs=(torch.from_numpy(stacked),),
        targets=None if answers is None else answers.targets[torch.tensor(known)],
        ids=tuple(kept),
        groups=groups,
    )
    return Data(
        kind="image",
        samples=samples,
        task=answers.task if answers else "",
        labels=answers.labels if answers else (),
        ordered=answers.ordered if answers else True,
        report=tuple(report),
        counts=MappingProxyType({"kept": len(kept), "skipped": len(found.skipped)}),
    )


def _size_report(found: _Found) -> list[str]:
    """Return the sentences about sizes and changes.

    Raises:
        ImportRefused: pictures of different sizes.
    """
    shapes = {picture.shape for picture in found.pixels.values()}
    if len(shapes) > 1:
        raise ImportRefused(
            f"The pictures have {len(shapes):,} different sizes, and nothing says which one the "
            "network takes.",
            hint="Give input.shape on the card.",
        )
    _, height, width = next(iter(shapes))
    changes = [f"{counted(count, 'picture')} {change}." for change, count in found.changes.items()]
    return [f"Every picture has {height:,} x {width:,} pixels.", *changes]


def _junk_report(count: int) -> list[str]:
    return [f"{counted(count, 'hidden or system file')} left out."] if count else []


def _choice_report(there: int, chosen: int) -> list[str]:
    if chosen == there:
        return []
    return [f"{chosen:,} of {there:,} files read, at regular distances: more do not fit in memory."]


def _skip_report(skipped: Mapping[str, str]) -> list[str]:
    if not skipped:
        return []
    reasons = listed((f"{quoted(path)} {why}" for path, why in skipped.items()), most=5)
    return [f"{counted(len(skipped), 'file')} skipped: {reasons}."]
