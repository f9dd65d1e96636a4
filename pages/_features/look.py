"""What the Feature maps page looks at: layer, sample, output, channel, in both networks."""

from dataclasses import dataclass

from explain import FeatureMaps, Subject
from explain.core import Compared, Comparison
from explain.core.messages import say
from explain.features import mappable_layers
from explain.figures import output_name
from explain.network import output_layers
from models.text import words_read
from pages._features import caches as map_caches
from pages._features.choices import CHANNEL, LAYER
from pages._panels.choices import TARGET, TEXT
from pages._panels.unit import titles
from pages._shell import caches, current
from pages._shell.current import outputs, samples, target_decided
from pages._shell.keys import Sight
from pages._shell.state import State, state


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One layer on one sample in the dense and the pruned network."""

    subject: Subject
    layer: str
    title: str
    sight: Sight
    comparison: Comparison
    dense: FeatureMaps
    pruned: FeatureMaps
    channel: int
    names: tuple[str, ...]
    """Of the units where they are outputs, else empty."""

    @property
    def is_picture(self) -> bool:
        """Return whether the maps are maps of an image."""
        return self.subject.spec.kind == "image" and self.dense.kind == "maps"

    @property
    def output(self) -> str:
        """Return the name of the output that relevance speaks of."""
        return say("features.output", output=output_name(self.subject.task, self.sight.target))

    @property
    def size(self) -> tuple[int, int]:
        """Return the height and width of the input."""
        height, width = self.subject.spec.shape[-2:]
        return height, width

    @property
    def words(self) -> tuple[str, ...]:
        """Return the tokens that are read of a text; what follows is padding."""
        return _words(self.comparison.dense, self.subject, self.sight, self.dense.maps.shape[-1])

    def name(self, channel: int) -> str:
        """Return what a unit is called."""
        return (
            self.names[channel] if self.names else say("features.unit", kind=self.unit, at=channel)
        )

    @property
    def unit(self) -> str:
        """Return what kind of thing the units of this layer are."""
        return "channel" if self.dense.kind == "maps" else "unit"


def layer_titles(subject: Subject) -> dict[str, str]:
    """Return the display names of the layers that can be looked at, in order."""
    shown = titles(subject)
    return {name: shown.get(name, name) for name in mappable_layers(subject)}


def default_layer(subject: Subject) -> str:
    """Return the last layer with maps of an image, else the last one before the answer."""
    layers = mappable_layers(subject)
    shapes = {info.name: len(info.output_shape) for info in subject.network.layers}
    maps = [name for name in layers if shapes[name] == len(("channel", "row", "column"))]
    last = output_layers(subject.network)
    hidden = [name for name in layers if name not in last]
    return (maps or hidden or list(layers) or [""])[-1]


def shown_layer(subject: Subject, now: State) -> str:
    """Return the layer that is shown: the chosen one where the network has it."""
    return now[LAYER] if now[LAYER] in mappable_layers(subject) else default_layer(subject)


def look() -> Look:
    """Return what this session looks at; both networks speak of the same output."""
    now = state()
    subject = caches.subject(now.model)
    layer = shown_layer(subject, now)
    comparison = current.comparison(now)
    sight = _sight(subject, now)
    dense = map_caches.feature_maps_of(comparison.before, layer, sight)
    units, channel = len(dense.order), now[CHANNEL]
    chosen = channel is not None and channel < units
    classes = subject.task.classes
    answers = layer in output_layers(subject.network) and len(classes) == units
    return Look(
        subject=subject,
        layer=layer,
        title=layer_titles(subject)[layer],
        sight=sight,
        comparison=comparison,
        dense=dense,
        pruned=map_caches.feature_maps_of(comparison.after, layer, sight),
        channel=channel if chosen and channel is not None else int(dense.order[0]),
        names=classes if answers else (),
    )


def _sight(subject: Subject, now: State) -> Sight:
    text = now[TEXT] if subject.spec.kind == "text" else ""
    known = len(outputs(Compared(model=now.model), now.sample, text))
    target = now[TARGET]
    if target is None or target >= known:
        target = target_decided(now.model, now.sample, text)
    return Sight(sample=now.sample, text=text, target=target)


def _words(model: str, subject: Subject, sight: Sight, length: int) -> tuple[str, ...]:
    found = samples(model, sight.text)
    row = sight.row
    if subject.spec.kind != "text":
        return tuple(say("features.position", at=at) for at in range(length))
    return words_read(subject.spec, found, row)[:length]
