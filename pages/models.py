"""The models: choose one, or load your own, from a file to its first pruned picture."""

import streamlit as st

from models.loading.processes.starting import warm
from pages._choices.addresses import go_to
from pages._load.beside import GOES_TO
from pages._load.card import load_card
from pages._load.data import load_data
from pages._load.file import ask_for_model_file
from pages._load.gallery import gallery
from pages._load.limits import load_limits
from pages._load.look import load_look
from pages._load.remembered import remember, say_what_waits
from pages._shell.panel import drawn_page
from pages._shell.url import waiting

WIDE = 920
"""Pixels of the column in which a network is loaded, at most."""

with drawn_page():
    warm()
    if GOES_TO in st.session_state:
        go_to(st.session_state.pop(GOES_TO))
    link = waiting()
    if link is None:
        gallery()
    with st.container(width=WIDE):
        if link is not None:
            say_what_waits(link.file)
        file = ask_for_model_file()
        if file is not None:
            beside = st.container()
            known = load_card(file)
            remember(file)
            if known is not None:
                with beside:
                    rows, done = load_data(known[1])
                if done:
                    load_look(file, *known, rows)
    if link is not None:
        gallery()
    load_limits()
