"""The models: load one of your own, from a file to its first pruned picture in a minute."""

import streamlit as st

from models.loading.processes.starting import warm
from pages._choices.addresses import go_to
from pages._load.card import load_card
from pages._load.data import load_data
from pages._load.file import ask_for_model_file, load_outline
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
    known = None if file is None else load_card(file)
    if file is None:
        load_outline()
    elif known is not None:
        rows, done = load_data(known[1])
        if done:
            load_look(file, *known, rows)
    st.divider()
    load_mine()
    load_limits()
