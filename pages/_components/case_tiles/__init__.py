"""Cases to choose from: each a tile with its picture or words, and what both networks decide.

They take: title, picked and pinned (rows, or None), cases: {row, name, line, picture (a data URI,
or empty), turn, verdict, side ("right", "wrong" or ""), when}. They tell `picked` and `pinned`:
{"row", "n"}. Arrow keys walk through the tiles and P pins the one that is picked, anywhere in the
popover around them.
"""

from pages._components import component

__all__ = ["CASE_TILES"]

CASE_TILES = component(
    "case_tiles", '<div data-ref="tiles" role="radiogroup"></div>', section="browser.cases"
)
