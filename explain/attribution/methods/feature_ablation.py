"""Feature ablation: one part after the other takes the baseline's value."""

from torch import Tensor

from explain.attribution.places import no_entrance
from explain.attribution.players import TILES, count_players, per_element
from explain.attribution.view import View
from explain.core.methods import Attributor, Options


def feature_ablation(view: View, options: Options) -> Tensor:
    """Return how far the output falls without each player, spread evenly over its parts."""
    from captum.attr import FeatureAblation

    groups, sizes = per_element(view, options)
    values = FeatureAblation(view.model).attribute(
        view.inputs,
        baselines=view.baseline.expand_as(view.inputs),
        target=view.targets,
        additional_forward_args=view.fixed or None,
        feature_mask=groups,
        perturbations_per_eval=view.at_once(int(groups.max()) + 1),
    )
    return view.of_parts(values / sizes)


FEATURE_ABLATION = Attributor(
    key="feature-ablation",
    title="Feature ablation",
    line="How far the output falls when this part alone takes the baseline's value.",
    family="perturbation",
    function=feature_ablation,
    formula="f(x) - f(x with the baseline in part i)",
    source="Zeiler and Fergus 2014, arXiv:1311.2901, section 4.2, without overlap",
    passes=lambda subject, options: 1.0 + count_players(subject, options),
    differs="Images lose one tile at a time, its value spread evenly over its pixels; tables one "
    "question with all its columns, texts one token.",
    parameters=(TILES,),
    baseline=True,
    fits=no_entrance,
)
