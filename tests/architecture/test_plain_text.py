"""Every text that Streamlit reads as Markdown or HTML is a literal, a number, or escaped.

A class name `![](http://...)` in a label makes the browser fetch it, so what comes from a file must
never get there as it is.
"""

import ast
import re

import pytest

from tests.architecture.texts import Texts, scoped

NUMBERS = frozenset({"as_set", "count", "decimal", "number", "share", "signed"})
MARKDOWN = frozenset({"plain", "how_to", "glossed"}) | NUMBERS
HTML = frozenset({"escape", "to_html", "glyph", "shade", "css"}) | NUMBERS
"""What makes a text safe; the others write numbers, marks and colours."""
WRITERS = frozenset({"app.py", "explain/figures/table.py"})
"""Files outside pages/ that write HTML."""
FIRST = frozenset(
    {
        *("markdown", "caption", "error", "warning", "info", "success", "toast"),
        *("title", "header", "subheader", "button", "download_button", "form_submit_button"),
        *("link_button", "page_link", "checkbox", "toggle", "slider", "select_slider"),
        *("number_input", "text_input", "text_area", "selectbox", "multiselect", "radio"),
        *("pills", "segmented_control", "file_uploader", "popover", "expander", "status"),
        *("spinner", "dialog", "tabs", "metric", "menu_button", "feedback", "table", "write"),
    }
)
"""Methods whose first argument is Markdown."""
MORE = {"metric": 3}
"""How many first arguments are, where it is not one."""
NAMED = frozenset({"body", "label", "help", "text", "value", "delta", "caption", "captions"})
"""Named arguments that are."""
FIELDS = frozenset({"text_area", "text_input", "slider", "number_input", "checkbox", "toggle"})
"""Widgets whose value is what a person types or moves, no Markdown."""
OPTIONS = frozenset({"radio", "pills", "segmented_control"})
"""Widgets whose options are Markdown too; those of a menu are not."""
OTHERS = frozenset({"wording", "html"})
"""Modules with functions of the same names."""


def unescaped_markdown(tree):
    """Return the line and the source of every text that may hold what a file says."""
    texts = Texts(tree, MARKDOWN)
    return _unsafe(texts, ((s, t) for s, node in scoped(tree) for t in _texts_of(node)))


def unescaped_html(tree):
    """Return the same for the values in strings that hold a tag."""
    texts = Texts(tree, HTML)
    return _unsafe(texts, ((s, v) for s, node in scoped(tree) for v in _values_of(node)))


def _unsafe(texts, found):
    return [
        (node.lineno, ast.unparse(node)) for scope, node in found if not texts.safe(node, scope)
    ]


def _texts_of(call):
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return
    name = call.func.attr
    if name not in FIRST | {"progress"} or ast.unparse(call.func.value) in OTHERS:
        return
    if name in FIRST:
        yield from call.args[: MORE.get(name, 1)]
    unread = {"value"} if name in FIELDS else set()
    yield from (k.value for k in call.keywords if k.arg in NAMED - unread)
    if name in OPTIONS:
        yield from [k.value for k in call.keywords if k.arg == "format_func"] or call.args[1:2]


def _values_of(node):
    if isinstance(node, ast.JoinedStr):
        literals = [value.value for value in node.values if isinstance(value, ast.Constant)]
        if re.search(r"</?[a-z]", " ".join(literals)):
            yield from node.values


@pytest.mark.parametrize("unescaped", [unescaped_markdown, unescaped_html])
def test_every_text_that_the_browser_reads_as_markup_is_escaped(product, unescaped):
    pages = {p: tree for p, tree in product.items() if p.startswith("pages/") or p in WRITERS}
    found = [f"{path}:{at}  {what}" for path, tree in pages.items() for at, what in unescaped(tree)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "st.markdown(name)",
        "st.caption(f'{card.title}')",
        "row.button(label=names[0])",
        "st.metric('a', value)",
        "st.metric('a', '1', delta)",
        "st.selectbox('a', [], help=card.purpose)",
        "st.radio('a', names)",
        "st.pills('a', [1], format_func=lambda at: names[at])",
        "st.expander('About ' + title)",
        "st.progress(0.1, text=title)",
        "st.tabs([name for name in names])",
        "st.error(say('shell.link.no_such_model', key=name))",
        "st.error(', '.join(names))",
        "def f(x):\n    y = x.name\n    st.error(y)",
        "def f(x):\n    return x\nst.error(f(1))",
        "def _f(x):\n    st.error(x)\n_f('a')\n_f(b.c)",
    ],
)
def test_an_unescaped_text_would_be_found(line):
    assert unescaped_markdown(ast.parse(line))


@pytest.mark.parametrize(
    "line",
    [
        "st.markdown('**a**')",
        "st.markdown(f':small[{plain(name)}, {n:,} of {len(names)}]')",
        "st.selectbox('a', names)",
        "st.error(say('shell.broken', what=name))",
        "st.progress(0.1, text=say('shell.progress', title=plain(name), share=done))",
        "st.radio('a', [1], format_func=lambda at: plain(names[at]))",
        "st.markdown('  \\n'.join(plain(line) for line in lines))",
        "def f(x):\n    y = plain(x) if x else ''\n    y += ' b'\n    st.error(y)",
        "def f(x):\n    return plain(x)\nst.error(f(1))",
        "def _f(x):\n    st.error(x)\n_f('a')\n_f(plain(b))",
        "_A = {'a': 'b'}\nst.radio('a', list(_A), format_func=_A.__getitem__)",
    ],
)
def test_an_escaped_text_is_left_alone(line):
    assert not unescaped_markdown(ast.parse(line))


@pytest.mark.parametrize("line", ["f'<b>{name}</b>'", "f'<img src=\"{one.uri}\">'"])
def test_an_unescaped_value_in_markup_would_be_found(line):
    assert unescaped_html(ast.parse(line))


@pytest.mark.parametrize("line", ["f'<b>{escape(name)}</b>'", "f'{n:,} < {name}'"])
def test_an_escaped_value_in_markup_is_left_alone(line):
    assert not unescaped_html(ast.parse(line))
