"""The lifted network: real layers under their own names and the flat list of steps over them."""

from explain.network.answers import Output, answer_among, chosen_notes, likely_answer
from explain.network.assembling import assemble, reassembled, with_steps, with_titles
from explain.network.drawing.attention import Heads, separable_heads
from explain.network.drawing.channels import InputMap, producers
from explain.network.drawing.drawing import drawing_of
from explain.network.drawing.edges import edges, signature, silence, unit_deaths
from explain.network.drawing.silence import silent_layers
from explain.network.ending import Ending, ending_of, logit_of_cut, steps_to_logits
from explain.network.exporting import save_weights, weights_as_bytes
from explain.network.freeing import rows_stand_alone, rows_to_prove, with_free_batch
from explain.network.graph import (
    UNIT_LAYERS,
    activation_after,
    batch_norm_after,
    columns,
    layer_of,
    output_layers,
    prunable_layers,
    severed_at,
    shared_parameters,
    unit_axis,
    users_of,
)
from explain.network.inputs import (
    NetworkInput,
    entered,
    holding,
    network_inputs,
    printable,
    reordered,
)
from explain.network.lifted import Lifted
from explain.network.lifting.lift import Answering, lift, lift_answer
from explain.network.returning import StateForSource, state_for_source

__all__ = [
    "UNIT_LAYERS",
    "Answering",
    "Ending",
    "Heads",
    "InputMap",
    "Lifted",
    "NetworkInput",
    "Output",
    "StateForSource",
    "activation_after",
    "answer_among",
    "assemble",
    "batch_norm_after",
    "chosen_notes",
    "columns",
    "drawing_of",
    "edges",
    "ending_of",
    "entered",
    "holding",
    "layer_of",
    "lift",
    "lift_answer",
    "likely_answer",
    "logit_of_cut",
    "network_inputs",
    "output_layers",
    "printable",
    "producers",
    "prunable_layers",
    "reassembled",
    "reordered",
    "rows_stand_alone",
    "rows_to_prove",
    "save_weights",
    "separable_heads",
    "severed_at",
    "shared_parameters",
    "signature",
    "silence",
    "silent_layers",
    "state_for_source",
    "steps_to_logits",
    "unit_axis",
    "unit_deaths",
    "users_of",
    "weights_as_bytes",
    "with_free_batch",
    "with_steps",
    "with_titles",
]
