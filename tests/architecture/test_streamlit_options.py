"""The options that keep the app local, quiet and quick are in force, not only written down."""

import json
import os
import subprocess
import sys

import pytest

from models.loading.limits import Limits

OPTIONS = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": ["localhost", "127.0.0.1"],
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": Limits().file_bytes // 1_000_000,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "runner.postScriptGC": False,
    "runner.magicEnabled": False,
}
SCRIPT = """
import json, sys
from streamlit import config
print(json.dumps({name: config.get_option(name) for name in sys.argv[1:]}))
"""


@pytest.fixture(scope="module")
def in_force(root, tmp_path_factory):
    """The options as Streamlit itself resolves them when it is started in the project."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, *OPTIONS],
        cwd=root,
        env={**own, "HOME": str(tmp_path_factory.mktemp("home"))},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(ended.stdout)


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_of_the_app_is_in_force(in_force, name):
    assert in_force[name] == OPTIONS[name]
