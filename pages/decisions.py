"""Who is decided differently now, and who of which group."""

from pages._decisions.cases import listed_decisions
from pages._decisions.overview import changed_decisions
from pages._panels.ribbon import ribbon, ribbon_store
from pages._shell.current import with_data
from pages._shell.panel import drawn_page

with drawn_page():
    ribbon()
    if with_data("decisions"):
        changed_decisions()
        listed_decisions()
    ribbon_store()
