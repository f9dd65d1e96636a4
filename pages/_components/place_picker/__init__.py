"""Pictures of one map on which a place is picked, by pointer or by arrow keys.

They take: rows, columns, at ([row, column]), pictures: {caption, alt, over (data URI)}. They tell
`placed`: {"row", "column", "n"}.
"""

from pages._components import component

__all__ = ["PLACE_PICKER"]

PLACE_PICKER = component(
    "place_picker", '<div data-ref="places" class="places"></div>', section="browser.places"
)
