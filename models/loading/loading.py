"""From a path to a subject: open, read the card, read the data, assemble; and to a file again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from explain.core.errors import ImportRefused, InvalidOption, placed
from explain.core.messages import Message, listed, say
from explain.core.resources import Progress
from explain.core.subject import Subject
from explain.network import Lifted
from models.loading.assembling.inputs import InputRoles, roles_of, with_roles
from models.loading.assembling.subject import subject_from
from models.loading.card.describing import completed, guessed, with_usual_scale
from models.loading.card.model_card import Card, NamedArchitecture, card_bytes, read_card
from models.loading.card.transformers_config import config_in
from models.loading.data.beside import ByName, to_option
from models.loading.data.record import Data, quoted, unpacked
from models.loading.files.saving import to_pt2, to_safetensors
from models.loading.folder import CARD, CONFIG, folder_of
from models.loading.limits import LIMITS, Limits
from models.loading.opening import ModelFile, answer_named, open_model
from models.loading.own_class import export_lines
from models.loading.paths import read_file
from models.loading.processes.child import run_job
from models.loading.strict_json import parse_json
from models.registry import Candidate, build_registered, candidates, usual_scale

Source = bytes | Path
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNetwork:
    """A network and everything that is known of it before its data are read.

    `roles`: what each of its inputs is for.
    """

    network: Lifted
    card: Card
    roles: InputRoles


def load_file(  # noqa: PLR0913 - what belongs together, and how it is read
    source: Source,
    *,
    card: Source | Mapping[str, object] | Card | None = None,
    data: Source | None = None,
    calibration: Source | None = None,
    vocabulary: Source | None = None,
    name: str = "",
    output: str | int | None = None,
    held: Mapping[str, object] | None = None,
    part: str = "",
    seed: int = 1,
    limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> Subject:
    """Return the subject of a user's file; no code of it runs.

    Args:
        source: a model file, its bytes, or a folder as Transformers saves it, plain or as a zip,
            whose tokenizer is then taken where no vocabulary is given.
        card: the model card; by default the one embedded in the file, or the `model_card.json`
            beside it, else the `config.json` of Transformers.
        data: samples: CSV, a zip of pictures, npz. Without them nothing can be measured.
        calibration: training rows in a file of their own.
        vocabulary: `vocab.txt` or `tokenizer.json` of a text network.
        name: what to call the file.
        output: which of several values that the network returns is its answer, by name or place;
            by default the one that the card names, or the only one that may be.
        held: what inputs are held at that are not varied and explained, by name: a number, the name
            of an array or of columns in the data, or an array with the shape of one row.
        part: which network, where a checkpoint holds several; by default the one that the card
            names; their names are in the refusal.
        seed: of the choice of calibration rows.
        limits: how large everything may be.
        progress: called with the share done and what is done; may raise to stop.

    Raises:
        ImportRefused: a file that is not taken in, or files that do not fit together.
    """
    if isinstance(source, Path) and source.is_dir():
        inside = folder_of(source)
        name = name or source.name
        source, vocabulary = inside.model, vocabulary or inside.vocabulary
    given = _given(card, limits) or _own_beside(source, limits)
    if output is None:
        output = "" if given is None else given.output_name
    part = part or ("" if given is None else given.part)
    shape = () if given is None else given.input.shape
    opened = open_model(
        source, name=name, output=output, part=part, shape=shape, limits=limits, progress=progress
    )
    wanted, values = _held(held or {}, _card(source, opened, card, limits), limits)
    known = known_of(opened, wanted, values)

    def rows(file: Source | None) -> Data | None:
        if file is None:
            return None
        words = vocabulary or opened.words.encode() or None
        return read_rows(
            file,
            known.card,
            vocabulary=words,
            by_name=known.roles.by_name,
            limits=limits,
            progress=progress,
        )

    return subject_from(
        opened,
        known.card,
        rows(data),
        calibration=rows(calibration),
        network=known.network,
        roles=known.roles,
        seed=seed,
    )


def _held(
    given: Mapping[str, object], card: Card, limits: Limits
) -> tuple[Card, dict[str, Tensor]]:
    """Return the card with what inputs are held at, and the arrays among it, which no card holds.

    Raises:
        ImportRefused: neither a number nor names nor an array of numbers.
    """
    values = {n: v for n, v in given.items() if isinstance(v, (Tensor, np.ndarray))}
    told = read_card({"held": {n: v for n, v in given.items() if n not in values}}, limits)
    kept = {n: v for n, v in card.held.items() if n not in values}
    found = {n: torch.as_tensor(value) for n, value in values.items()}
    return replace(card, held={**kept, **told.held}), found


def known_of(
    opened: ModelFile, card: Card, values: Mapping[str, Tensor] = MappingProxyType({})
) -> KnownNetwork:
    """Return the network of an opened file, and its card with what the network says by itself.

    Bare weights become the architecture that the card names, or the only one that they fit; the
    latter is told in the card's notes.

    Raises:
        ImportRefused: bare weights that fit no architecture, or several; several networks.
    """
    network = opened.network
    if network is None:
        _check_part(opened)
        card = card if card.architecture else _recognised(card, opened)
        chosen = card.architecture or NamedArchitecture(name="")
        network = build_registered(chosen.name, chosen.params, opened.tensors)
        card = with_usual_scale(card, usual_scale(opened.tensors))
    card = replace(card, output_name=answer_named(opened), part=opened.part)
    roles = roles_of(opened.inputs, network, card, values)
    guess = guessed(with_roles(network, roles))
    return KnownNetwork(network=network, card=completed(card, guess), roles=roles)


def _check_part(opened: ModelFile) -> None:
    if opened.parts and not opened.part:
        raise ImportRefused(
            "loading.assembling.several_networks",
            file=opened.name,
            first=next(iter(opened.parts)),
            parts=listed(told_parts(opened.parts), _SHOWN),
        )


def told_parts(parts: Mapping[str, int]) -> Iterator[Message]:
    """Yield the networks of a file in words, each with its size."""
    for name, count in parts.items():
        yield Message("loading.assembling.network_of_file", name=name, numbers=count)


def read_rows(
    source: Source,
    card: Card,
    *,
    vocabulary: Source | None = None,
    name: str = "",
    by_name: ByName | None = None,
    limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> Data:
    """Return the data in a file, read in a process of its own.

    `by_name`: what the inputs of the network are called, where it takes several.

    Raises:
        ImportRefused: a file that is not taken in, with the reason.
    """
    given = name or (source.name if isinstance(source, Path) else "")
    options: dict[str, object] = {
        "card": parse_json(card_bytes(card), limits.card_bytes),
        "name": given,
        "inputs": to_option(by_name or ByName()),
    }
    if vocabulary is not None:
        options["vocabulary"] = _text(_bytes(vocabulary, limits))
    found, tensors = run_job("data", _bytes(source, limits), options, limits, progress=progress)
    return unpacked(found, tensors)


def _given(card: Source | Mapping[str, object] | Card | None, limits: Limits) -> Card | None:
    """Return the card that was given."""
    if card is None or isinstance(card, Card):
        return card
    return read_card(card if isinstance(card, Mapping) else _bytes(card, limits), limits)


def _card(
    source: Source,
    opened: ModelFile,
    card: Source | Mapping[str, object] | Card | None,
    limits: Limits,
) -> Card:
    """Return the card that was given, the embedded one, or the one beside the file."""
    given = _given(card, limits)
    if given is not None:
        return given
    if opened.card is not None:
        return read_card(opened.card, limits)
    own = _own_beside(source, limits)
    if own is not None:
        return own
    return _config_beside(source, limits) if isinstance(source, Path) else Card()


def _own_beside(source: Source, limits: Limits) -> Card | None:
    """Return our own card beside a file."""
    own = source.with_name(CARD) if isinstance(source, Path) else None
    with placed(ImportRefused, partial(_beside, CARD)):
        return read_card(_bytes(own, limits), limits) if own is not None and own.is_file() else None


def _beside(name: str) -> Message:
    return Message("loading.folder.beside", name=name)


def _config_beside(source: Path, limits: Limits) -> Card:
    """Return what Transformers' config beside a file says."""
    config = source.with_name(CONFIG)
    with placed(ImportRefused, partial(_beside, CONFIG)):
        found = config_in(_bytes(config, limits), limits) if config.is_file() else None
        return Card() if found is None else read_card(found, limits)


def _recognised(card: Card, opened: ModelFile) -> Card:
    """Return the card with the only architecture that weights fit exactly.

    Raises:
        ImportRefused: there is none, or more than one.
    """
    found = candidates(opened.tensors)
    fitting = [guess for guess in found if guess.match.exact]
    if not fitting:
        raise _unknown(opened, found)
    if len(fitting) > 1:
        names = [guess.name for guess in fitting]
        raise ImportRefused("loading.assembling.several_architectures", names=names)
    said = say("loading.card.recognised", name=fitting[0].name)
    chosen = NamedArchitecture(name=fitting[0].name, params=fitting[0].params)
    return replace(card, architecture=chosen, notes=(*card.notes, said))


def _unknown(opened: ModelFile, near: Sequence[Candidate]) -> ImportRefused:
    """Return why no architecture fits, and the lines that export the network where its class is."""
    lines = Message("loading.assembling.no_architecture.hint", lines=export_lines(opened))
    if near:
        return ImportRefused(
            "loading.assembling.nearest_architecture",
            hint=lines,
            name=near[0].name,
            problems=near[0].match.told,
        )
    names = listed(map(quoted, opened.tensors), _SHOWN)
    return ImportRefused("loading.assembling.no_architecture.says", hint=lines, tensors=names)


def _bytes(source: Source, limits: Limits) -> bytes:
    return source if isinstance(source, bytes) else read_file(source, limits.file_bytes)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ImportRefused("loading.assembling.vocabulary_no_utf8") from error


_WRITERS = {".safetensors": to_safetensors, ".pt2": to_pt2}


def subject_file(subject: Subject, kind: str, card: Card) -> bytes:
    """Return the network as a file of the kind ".safetensors" or ".pt2", zeros of pruning kept.

    Raises:
        InvalidOption: another kind.
        Refused: it cannot be written in that form.
    """
    if kind not in _WRITERS:
        raise InvalidOption("loading.files.unknown_format", kind=kind)
    return _WRITERS[kind](subject.network, json.loads(card_bytes(card)))
