"""The language of the page, as browsers and screen readers are told: takes language, its key."""

from pages._components import Component, text_of

__all__ = ["LANGUAGE_OF_PAGE"]

LANGUAGE_OF_PAGE = Component("language", html="<i hidden></i>", js=text_of("language/language.js"))
