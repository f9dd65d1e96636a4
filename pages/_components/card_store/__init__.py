"""What was typed on a card stays in the browser until the same file comes again; never the file.

It takes: file (its sha256), kept (a text; "" only asks). The script asks once a file and page
whether something is kept, and tells `found`: {"file", "kept"}; from then on it keeps what it is
given. A browser that keeps nothing is no error.
"""

from pages._components import Component, text_of

__all__ = ["CARD_STORE"]

CARD_STORE = Component("card_store", js=text_of("card_store/card_store.js"))
