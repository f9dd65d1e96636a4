"""One place to drop model, data, card and tokenizer: what each file is, its content says."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from explain.core.messages import say
from models.loading.limits import LIMITS
from models.loading.opening import role_in, shown_name
from models.loading.processes.child import NotStarted
from pages._load.uploads import Given, clear, give, given
from pages._shell.charts import plain

_MB = 1_000_000
_ROUND, _ROLES, _TWICE, _UNREAD = "load-round", "load-roles", "load-twice", "load-unread"
"""Keys of the session's state: which drop zone it is; id of a dropped file -> what it is for; what
came more than once -> the names of its files; name of a file that nobody looked at -> why."""
SLOTS: Mapping[str, str] = MappingProxyType(
    {role: f"load-{role}" for role in ("model", "data", "card", "words")}
)
"""What a file is for -> where the session keeps it."""


def drop_zone() -> None:
    """Show where files are dropped, together or one after the other; say which came twice."""
    key = f"load-drop-{st.session_state.get(_ROUND, 0)}"
    st.file_uploader(
        say("load.drop.label"),
        accept_multiple_files=True,
        key=key,
        max_upload_size=max(1, LIMITS.file_bytes // _MB),
        on_change=_dropped,
        args=(key,),
        help=say("load.drop.help"),
    )
    st.markdown(f":small[{say('load.drop.kinds', table=LIMITS.csv_bytes // _MB)}]")
    unread: Mapping[str, NotStarted] = st.session_state.get(_UNREAD, {})
    for name, refused in unread.items():
        said = say("load.drop.unread", file=name, why=refused.reason)
        st.error(f"**{plain(said)}**  \n{plain(refused.hint)}")
    twice: Mapping[str, Sequence[str]] = st.session_state.get(_TWICE, {})
    for role, names in twice.items():
        st.error(say("load.drop.twice", role=role, names=[plain(name) for name in names]))


def _dropped(key: str) -> None:
    """Put every file where it belongs; several of a kind leave its place empty."""
    files: list[UploadedFile] = st.session_state[key]
    before: dict[str, str] = st.session_state.get(_ROLES, {})
    roles, st.session_state[_UNREAD] = _roles(files, before)
    st.session_state[_ROLES], st.session_state[_TWICE] = roles, {}
    for role, slot in SLOTS.items():
        mine = [one for one in files if roles.get(one.file_id) == role]
        there = given(slot)
        if len(mine) == 1 and (there is None or there.id != mine[0].file_id):
            give(slot, Given(mine[0].file_id, mine[0].name, mine[0].getvalue()))
        elif there is not None and len(mine) != 1 and (mine or there.id in before):
            clear(slot)
        if len(mine) > 1:
            st.session_state[_TWICE][role] = [shown_name(one.name) for one in mine]


def _roles(
    files: Sequence[UploadedFile], before: Mapping[str, str]
) -> tuple[dict[str, str], Mapping[str, NotStarted]]:
    """Return what files are for, and why nobody looked at some, which are asked again."""
    roles: dict[str, str] = {}
    unread: dict[str, NotStarted] = {}
    for one in files:
        try:
            roles[one.file_id] = before.get(one.file_id) or role_in(one.getvalue())
        except NotStarted as refused:
            unread[shown_name(one.name)] = refused
    return roles, unread


def let_go_of(role: str) -> None:
    """Go on without a file, though it stays in the list of what was dropped."""
    found = given(SLOTS[role])
    if found is not None:
        roles = st.session_state.get(_ROLES, {})
        st.session_state[_ROLES] = {**roles, found.id: _NOTHING}
    clear(SLOTS[role])


_NOTHING = "nothing"


def empty() -> None:
    """Forget all files, and empty the place where they were dropped."""
    for slot in SLOTS.values():
        clear(slot)
    st.session_state.pop(_ROLES, None)
    st.session_state.pop(_TWICE, None)
    st.session_state.pop(_UNREAD, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
