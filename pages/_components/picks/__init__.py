"""Tables of the page whose cells are buttons: Python is told which one was pressed.

Mounted once a page, it hears every button of the page's tables and tells `picked`: {"pick", "n"},
the word of `Cell.pick`.
"""

from pages._components import component

__all__ = ["PICKS"]

PICKS = component("picks", '<span data-ref="picks" hidden></span>')
