"""A network of a file as everything here expects it: logits at its end, colours first."""

from dataclasses import dataclass

from explain.network import Lifted, reassembled
from models.loading.assembling.colour_order import colours_first
from models.loading.assembling.preprocessing import input_steps
from models.loading.assembling.probability_heads import without_head
from models.loading.card.model_card import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """A network that gives logits, and what was taken off its end.

    `head` "softmax" or "sigmoid" over the outputs, "pair" for a sigmoid and its complement as two
    columns (now one logit, of the second), "" where nothing was taken off.
    """

    network: Lifted
    head: str


def arranged(network: Lifted, card: Card) -> Arranged:
    """Return the network without its head, and with colours first where the card says last.

    Both change the list of steps alone; the network is put together once, and not at all where
    there is nothing to change. Cost: two runs without numbers.
    """
    steps, head = without_head(network)
    # Not before the network is built: the card may be completed by hand after it was looked at.
    is_picture = card.modality == "image" and len(input_steps(network)) == 1
    if is_picture and card.input.layout == "NHWC":
        steps = colours_first(steps)
    changed = steps != network.steps
    return Arranged(network=reassembled(network, steps) if changed else network, head=head)
