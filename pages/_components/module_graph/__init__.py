"""The network as a few modules to pick from: circles for what they add, lines for the signal.

It takes: title, picked (number or None), hidden (numbers), rows (most modules in one column), nodes
({number, name, x, y, size, before, positive, colour, text}) and links ({source, target, width,
text}), as `explain.figures.ModuleGraph` describes them. It tells `picked`: {"module", "n"}.
"""

from pages._components import component

__all__ = ["MODULE_GRAPH"]

MODULE_GRAPH = component("module_graph", '<div data-ref="graph" class="graph"></div>')
