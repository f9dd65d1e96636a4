"""What paper must know of the window before it is printed: as wide, from the first time on."""

from pages._components import Component, text_of

__all__ = ["PAPER"]

PAPER = Component("paper", html="<i hidden></i>", js=text_of("paper/paper.js"))
