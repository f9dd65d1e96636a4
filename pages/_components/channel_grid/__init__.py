"""A grid of channels to pick from: each a button with its two pictures, bars or lines of tokens.

It takes: kind ("maps", "tokens", "units"), title, picked (channel), tiles: {channel, title, alt,
sides}. A side has a caption, dead, note, and one of: under and over (data URIs), bar ({share -1..1,
text}), tokens ([text, share]). It tells `picked`: {"channel", "n"}.
"""

from pages._components import component

__all__ = ["CHANNEL_GRID"]

CHANNEL_GRID = component("channel_grid", '<div data-ref="grid" role="group"></div>')
