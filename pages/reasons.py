"""Why a network answers as it does, before and after: inputs, inside the layers, parts."""

from explain.core.messages import say
from pages._attribution.attribution import attribution
from pages._attribution.checks import reasons_checks
from pages._attribution.drift import drift_headline, drift_over_amounts
from pages._attribution.importance import reasons_importance
from pages._attribution.message import attribution_message
from pages._features.channel import maps_channel, maps_strip
from pages._features.claim import maps_claim
from pages._features.localisation import maps_localisation
from pages._features.maps import maps, maps_answer
from pages._features.menus import maps_choice
from pages._features.top import maps_top
from pages._modules.causes import modules_causes
from pages._modules.choices import OWN
from pages._modules.conductance import modules_conductance
from pages._modules.contributions import modules_contributions, modules_curve
from pages._modules.hide import modules_hide
from pages._modules.look import modules_look
from pages._modules.menus import modules_choice, modules_found
from pages._modules.pairs import modules_pairs
from pages._modules.quality import modules_quality, modules_tree
from pages._modules.units import modules_units
from pages._panels.beside import with_units
from pages._panels.case import pinned_case
from pages._panels.ribbon import ribbon, ribbon_store
from pages._panels.unit import unit
from pages._reasons.choices import TAB
from pages._reasons.held import inputs_held
from pages._shell.actions import folded, tabbed
from pages._shell.current import with_data
from pages._shell.panel import drawn_page
from pages._shell.state import state


def _inputs() -> None:
    """Show what the network looks at, and whether that changed beyond noise."""
    if not with_data("attribution"):
        return
    pinned_case()
    attribution_message()
    attribution()
    drift_headline()
    reasons_importance()
    drift_over_amounts()
    reasons_checks()


def _inside() -> None:
    """Show what the units of a layer answer to a sample."""
    if not (with_data("features") and with_units()):
        return
    maps_answer()
    maps_choice()
    maps()
    maps_channel()
    maps_localisation()
    maps_strip()
    maps_top()
    maps_claim()


def _parts() -> None:
    """Show the network as a handful of modules, and what each contributes."""
    if not with_units():
        return
    if with_data("modules"):
        modules_causes()
        modules_found()
        modules_contributions()
        modules_look()
        unit(say("panels.unit.pick_in_module"))
        modules_hide()
        modules_pairs()
        modules_curve()
        modules_conductance()
    else:
        modules_found()
    with folded(OWN, say("modules.menus.own")):
        if state()[OWN]:
            modules_choice()
            modules_units()
            modules_quality()
            modules_tree()


with drawn_page():
    ribbon()
    contents = {"inputs": _inputs, "inside": _inside, "parts": _parts}
    inputs_held()
    with tabbed(TAB, {tab: say("reasons.tabs", tab=tab) for tab in contents}):
        contents[state()[TAB]]()
    ribbon_store()
