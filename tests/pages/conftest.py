"""Pages are visited hundreds of times: what each visit would wait for again is left out."""

from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from pages._shell import kept


@pytest.fixture(scope="session", autouse=True)
def _nothing_to_wait_for():
    """No browser paints here, and what is installed stays: a scan of it takes half of a visit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "_PAINT", 0)
        scan = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield
