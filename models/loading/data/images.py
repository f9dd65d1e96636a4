"""A zip of pictures, one folder per class, or a single picture."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.errors import ImportRefused, Text
from explain.core.messages import Message, listed
from explain.core.subject import Samples
from models.loading.card.model_card import Card
from models.loading.data.labels import Answers, as_classes
from models.loading.data.pictures import PictureFormat, pixels_to_decode, read_picture
from models.loading.data.record import Data, quoted
from models.loading.data.trained_folders import learnt_from, without_part
from models.loading.files.zip_archive import Archive
from models.loading.limits import Limits

_JUNK = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Pictures by their path, what was changed how often, and why which were skipped."""

    pixels: Mapping[str, NDArray[np.uint8]]
    changes: Mapping[str, int]
    skipped: Mapping[str, Text]


def read_images(data: bytes, card: Card, limits: Limits, *, name: str = "picture") -> Data:
    """Return pictures as uint8 [n, colours, height, width], in the order of the archive.

    `data` is a zip archive or one picture (called `name`). The innermost folder of an entry is its
    class; where all lie in one folder that is no label, or in none, they are unlabelled. A picture
    that cannot be read is skipped and listed with its reason. Where folders above are called train
    and test, `learnt` says which pictures the network has seen. Where all of them would take more
    memory than the limit, rows at regular distances are taken, and the report says so.

    Raises:
        ImportRefused: no picture can be read, sizes differ and the card names none, a folder is no
            label, or the archive is refused.
    """
    wanted = _wanted(card)
    if not data.startswith(b"PK"):
        _check_work([data], limits)
        picture = read_picture(data, wanted, limits)
        found = _Found(pixels={name: picture.pixels}, changes=Counter(picture.changes), skipped={})
        return _data(found, Answers(known=[True]), {}, _size_report(found))
    archive = Archive.open(data, limits)
    paths = [path for path in archive.names if not _is_junk(path)]
    chosen = _chosen(paths, wanted, limits)
    _check_work(_readable(archive, chosen), limits)
    found = _read_all(archive, chosen, wanted, limits)
    folders = {path: PurePosixPath(path).parent.name for path in found.pixels}
    answers, said = _answers(folders, card, limits)
    kept = [path for path, there in zip(folders, answers.known, strict=True) if there]
    report = [
        Message("loading.data.pictures_read", pictures=len(found.pixels), files=len(archive.names)),
        *_file_report(len(archive.names), len(paths), len(chosen), found.skipped),
        *said,
        *_size_report(found),
    ]
    return _data(found, answers, _above(kept or list(folders)), report)


def _wanted(card: Card) -> PictureFormat:
    """Return what the card says about the form of a picture.

    Raises:
        ImportRefused: the input is no picture of 1, 3 or 4 colours.
    """
    process, shape = card.preprocess, card.input.shape
    if not shape:
        return PictureFormat(colours=3, size=None)
    if len(shape) != 3:
        raise ImportRefused("loading.data.input_no_picture", shape=str(list(shape)))
    last = card.input.layout == "NHWC"
    colours, size = (shape[2], shape[:2]) if last else (shape[0], shape[1:])
    if colours not in {1, 3, 4}:
        raise ImportRefused("loading.data.colours_of_input", colours=colours)
    return PictureFormat(
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


def _chosen(paths: Sequence[str], wanted: PictureFormat, limits: Limits) -> list[str]:
    """Return paths at regular distances, as many as fit into memory as the network takes them."""
    if wanted.size is None or not paths:
        return list(paths)
    each = 4 * wanted.colours * wanted.size[0] * wanted.size[1]
    most = max(1, limits.samples_bytes // each)
    count = min(len(paths), most)
    return [paths[place * len(paths) // count] for place in range(count)]


def _readable(archive: Archive, paths: Sequence[str]) -> Iterator[bytes]:
    for path in paths:
        with suppress(ImportRefused):
            yield archive.read(path)


def _check_work(pictures: Iterable[bytes], limits: Limits) -> None:
    """Refuse pictures that take too long to decode together, before the first one is."""
    work = 0
    for data in pictures:
        work += pixels_to_decode(data)
        if work > limits.pixels_together:
            most = limits.pixels_together // _MEGA
            raise ImportRefused("loading.data.pictures.too_much_work", most=most)


_MEGA = 1_000_000


def _read_all(
    archive: Archive, paths: Sequence[str], wanted: PictureFormat, limits: Limits
) -> _Found:
    pixels: dict[str, NDArray[np.uint8]] = {}
    changes: Counter[str] = Counter()
    skipped: dict[str, Text] = {}
    for path in paths:
        try:
            picture = read_picture(archive.read(path), wanted, limits)
        except ImportRefused as refused:
            skipped[path] = _skipped(path, refused)
            continue
        pixels[path] = picture.pixels
        changes.update(picture.changes)
    if not pixels:
        reasons = listed(skipped.values(), most=3)
        raise ImportRefused("loading.data.no_readable_picture", reasons=reasons)
    return _Found(pixels=pixels, changes=changes, skipped=skipped)


def _answers(
    folders: Mapping[str, str], card: Card, limits: Limits
) -> tuple[Answers, list[Message]]:
    """Return the class of each picture by its folder; no answers where folders are no classes."""
    names, nothing = set(folders.values()), Answers(known=[True] * len(folders))
    if card.task in {"regression", "multilabel"}:
        return nothing, [Message("loading.data.folders_no_answers", task=card.task)]
    if names == {""} or (len(names) == 1 and not names & set(card.labels)):
        return nothing, [Message("loading.data.no_folders")]
    answers = as_classes(list(folders.values()), card.labels, limits)
    loose = sum(not folder for folder in folders.values())
    counts = Counter(folder for folder in folders.values() if folder)
    shown = listed(f"{quoted(name)} {count:,}" for name, count in counts.items())
    said = [Message("loading.data.folders", folders=shown)]
    if loose:
        said.append(Message("loading.data.outside_folders", pictures=loose))
    return answers, [*said, *answers.report, *_twins(names)]


def _twins(names: set[str]) -> list[Message]:
    """Return a sentence where folders differ only by the case of letters."""
    folded = Counter(name.casefold() for name in names)
    twice = sorted(name for name in names if folded[name.casefold()] > 1)
    if not twice:
        return []
    return [Message("loading.data.folders_differ_in_case", folders=listed(map(quoted, twice)))]


def _above(paths: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the folders above the classes as a group, where they differ by more than the part."""
    outer = tuple(without_part(path) for path in paths)
    return {"folder": outer} if len(set(outer)) > 1 else {}


def _data(
    found: _Found,
    answers: Answers,
    groups: Mapping[str, tuple[str, ...]],
    report: Sequence[Message],
) -> Data:
    kept = [path for path, there in zip(found.pixels, answers.known, strict=True) if there]
    stacked = np.stack([found.pixels[path] for path in kept])
    samples = Samples(
        inputs=(torch.from_numpy(stacked),),
        targets=answers.of(torch.tensor(answers.known)),
        ids=tuple(kept),
        groups=groups,
    )
    learnt = learnt_from(kept)
    return Data(
        kind="image",
        samples=samples,
        learnt=torch.tensor(learnt) if learnt else None,
        task=answers.task,
        labels=answers.labels,
        report=tuple(report),
    )


def _size_report(found: _Found) -> list[Message]:
    """Return the sentences about sizes and changes.

    Raises:
        ImportRefused: pictures of different sizes.
    """
    shapes = {picture.shape for picture in found.pixels.values()}
    if len(shapes) > 1:
        some = [_size(shape) for shape in sorted(shapes)[:2]]
        raise ImportRefused("loading.data.sizes_differ", count=len(shapes), some=some)
    _, height, width = next(iter(shapes))
    changes = [
        Message("loading.data.picture_change", change=change, pictures=count)
        for change, count in found.changes.items()
    ]
    return [Message("loading.data.size_of_pictures", height=height, width=width), *changes]


def _size(shape: tuple[int, ...]) -> Message:
    return Message("loading.data.height_and_width", height=shape[1], width=shape[2])


def _file_report(
    files: int, there: int, chosen: int, skipped: Mapping[str, Text]
) -> Iterator[Message]:
    """Yield the sentences about files that were left out, not chosen, or not readable."""
    if files > there:
        yield Message("loading.data.junk", files=files - there)
    if chosen < there:
        yield Message("loading.data.files_chosen", chosen=chosen, there=there)
    if skipped:
        reasons = listed(skipped.values())
        yield Message("loading.data.files_skipped", files=len(skipped), reasons=reasons)


def _skipped(path: str, refused: ImportRefused) -> Text:
    why = refused.messages[0]
    if isinstance(why, Message) and "path" in why.values:
        return why.but(path=quoted(path))
    return why
