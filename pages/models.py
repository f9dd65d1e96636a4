"""The models: load one of your own, from a file to its first pruned picture in a minute."""

import streamlit as st

from models.loading.processes.starting import warm
from pages._choices.addresses import go_to
from pages._load.card import load_card
from pages._load.data import load_data
from pages._load.file import ask_for_model_file
from pages._load.look import load_look
from pages._load.mine import load_limits, load_mine
from pages._shell.charts import plain
from pages._shell.panel import drawn_page
from pages._shell.url import waiting

GOES_TO = "load-goes-to"

with drawn_page():
    warm()
    if GOES_TO in st.session_state:
        go_to(st.session_state.pop(GOES_TO))
    link = waiting()
    if link is not None:
        st.info(plain(link.note))
    file = ask_for_model_file()
    if file is not None:
        beside = st.container()
        known = load_card(file)
        if known is not None:
            with beside:
                rows, done = load_data(known[1])
            if done:
                load_look(file, *known, rows)
    st.divider()
    load_mine()
    load_limits()
