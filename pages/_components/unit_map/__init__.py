"""All hidden units as dots to choose from, layer by layer; the chosen ones make a module.

It takes: title, picked (the module to bring out, or None), layers: {name, title, dots: {first, end,
module, colour, alive, text}}, as `explain.figures.UnitMap` describes them. The choice of dots stays
in the browser. It tells `made`: {"name", "units" (layer -> numbers), "n"}.
"""

from pages._components import component

__all__ = ["UNIT_MAP"]

UNIT_MAP = component("unit_map", section="browser.units")
