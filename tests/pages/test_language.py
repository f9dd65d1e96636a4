"""A second language is one file beside the first: the page speaks it, and only its session does."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest

from explain.command.listing import list_languages
from explain.core.messages import catalogue, say, speaking, spoken
from explain.core.resources import side_by_side
from pages._shell.charts import _Making
from tests.pages.visiting import box, forget_everything, html, opened, ribbon, text, told

MARK = "¤"
"""What every sentence of the made up language begins with."""
SILENT = "panels.ribbon.kept"
"""The one message that it does not have."""
PAGES = ("", "decisions", "inputs")


def marked(said):
    """Return a message, or its forms, in the made up language."""
    if isinstance(said, str):
        return f"{MARK}{said}"
    return {k: v if k in {"by", "count"} else marked(v) for k, v in said.items()}


def as_toml(said):
    if isinstance(said, str):
        return json.dumps(said, ensure_ascii=False)
    return "{" + ", ".join(f"{json.dumps(k)} = {as_toml(v)}" for k, v in said.items()) + "}"


@pytest.fixture
def _spoken(tmp_path, monkeypatch):
    shutil.copy(Path(catalogue.__file__).with_name("en.toml"), tmp_path)
    texts = {key: said for key, said in catalogue._texts("en").items() if key != SILENT}
    lines = [f"{'.'.join(map(json.dumps, key.split('.')))} = {as_toml(marked(said))}"
             for key, said in texts.items()]  # fmt: skip
    (tmp_path / "xx.toml").write_text("\n".join(lines), encoding="utf-8")
    kept = (catalogue.entry, catalogue.templates_of, catalogue.section_of, catalogue.languages)
    kept += (catalogue._texts,)
    monkeypatch.setattr(catalogue, "_FOLDER", tmp_path)
    for one in kept:
        one.cache_clear()
    forget_everything()
    yield
    forget_everything()
    for one in kept:
        one.cache_clear()


def everything(app):
    """Return all that a page tells a browser: texts, labels, HTML, what components are told."""
    return " ".join(str(one.proto) for one in app.main) + html(app) + text(app)


@pytest.mark.usefixtures("_spoken")
def test_a_session_speaks_its_language_everywhere_and_no_other_session_hears_it():
    with speaking("xx"):  # as who looks at the page does; the page runs in threads of its own
        for page in PAGES:
            app = opened(page, amount="0.8", lang="xx")
            assert not app.error
            assert app.query_params["lang"] in ("xx", ["xx"])
        app = opened(amount="0.8", lang="xx")
        assert ribbon(app)["kept_name"] == "kept"
        assert ribbon(app)["messages"]["language"] == "xx"
        assert box(app, say("panels.plan.criterion"))
        assert told(app, "sparsight_language") == {"language": "xx"}
        next(one for one in app.number_input if one.key == "amount").set_value(50.0).run()
        assert ribbon(app)["changed_name"] == say("panels.ribbon.changed", n=450)
        assert told(app, "sparsight_effects")["effects"]["says"].startswith(MARK)
    for page in PAGES:
        said = everything(opened(page, amount="0.8"))
        assert MARK not in said.replace(f"{MARK}English", "")
    with speaking("xx"):
        app = opened(lang="xx")
        app.radio("lang").set_value("en").run()
    assert "lang" not in app.query_params
    assert ribbon(app)["changed_name"] == say("panels.ribbon.changed", n=450)


@pytest.mark.usefixtures("_spoken")
def test_what_a_language_still_says_in_english_is_listed():
    assert list_languages(None) == [
        {"key": "en", "missing": ()},
        {"key": "xx", "missing": (SILENT,)},
    ]
    with speaking("xx"):
        assert say(SILENT) == "kept"


@pytest.mark.usefixtures("_spoken")
def test_jobs_and_files_that_are_made_in_other_threads_speak_it_too():
    with speaking("xx"):
        found = side_by_side(lambda _: spoken(), [1, 2, 3], macs=1e12)
        file = _Making("a.txt", spoken, {}, copy_context())
    assert found == ["xx"] * 3
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: file(), range(4))) == ["xx"] * 4


def test_of_one_language_nobody_is_asked_to_choose():
    app = opened("models", lang="xx")
    assert not app.radio
    assert not {"lang"} & set(app.query_params)
