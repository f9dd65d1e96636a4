"""The page and the back end fetch nothing from anywhere."""

import ast
import re

import pytest

TEXT = {".py", ".js", ".css", ".html", ".json", ".toml", ".svg"}
NAMESPACES = re.compile(r"https?://www\.w3\.org/[\w/#.-]+")
"""Names of XML vocabularies; nothing is fetched from them."""
REMOTE = re.compile(r"""(?:https?|wss?|ftp):\\?/\\?/|["'(=]\s*//[a-z]|:material/""", re.IGNORECASE)
NETWORK = frozenset({"requests", "urllib", "http", "httpx", "socket", "aiohttp", "ftplib"})
PAIRED = ("models/loading/processes/serving.py", "models/loading/processes/starting.py")
"""They hand open pipes to the process that reads files, which only sockets can do."""
MARKUP = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\s*\(|new\s+Function)"
)


def remote_resources(text):
    return REMOTE.findall(NAMESPACES.sub("", text))


def page_files(root):
    inside = [path for path in (root / "pages").rglob("*") if path.suffix in TEXT]
    return [root / "app.py", root / ".streamlit" / "config.toml", *inside]


def test_the_pages_name_no_remote_resource(root):
    found = {
        path.relative_to(root).as_posix(): remote_resources(path.read_text(encoding="utf-8"))
        for path in page_files(root)
    }
    assert len(found) > 20
    assert not {path: names for path, names in found.items() if names}


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js">',
        "@import url(//fonts.example/a.css)",
        'import x from "//cdn.example/x.js"',
        'page_icon=":material/cut:"',
        'new WebSocket("wss://example")',
    ],
)
def test_a_remote_resource_would_be_found(text):
    assert remote_resources(text)


def test_the_name_of_a_vocabulary_is_no_resource():
    assert not remote_resources('createElementNS("http://www.w3.org/2000/svg", "path")')


def test_scripts_never_build_markup_or_code_from_text(root):
    scripts = list((root / "pages").rglob("*.js"))
    assert scripts
    found = {path.name: MARKUP.findall(path.read_text(encoding="utf-8")) for path in scripts}
    assert not {name: calls for name, calls in found.items() if calls}


def test_nothing_in_the_product_opens_a_connection(product):
    found = {
        (path, name)
        for path, tree in product.items()
        for node in ast.walk(tree)
        for name in _imported(node)
        if name.partition(".")[0] in NETWORK and name != "urllib.parse"
    }
    assert found == {(path, "socket") for path in PAIRED}


def test_sockets_only_come_in_pairs_between_two_processes_of_this_machine(product):
    found = {
        node.attr
        for path in PAIRED
        for node in ast.walk(product[path])
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "socket"
    }
    assert found <= {"socket", "socketpair", "send_fds", "recv_fds"}
    assert not [
        call
        for path in PAIRED
        for call in ast.walk(product[path])
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "socket.socket"
        and [keyword.arg for keyword in call.keywords] != ["fileno"]
    ]


def _imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
