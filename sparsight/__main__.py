"""The command `sparsight`: what `python -m explain` does, and `sparsight app`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from explain.__main__ import main as run_command

_HERE = Path(__file__).parent
_ENTRIES = (_HERE / "web-app" / "app.py", _HERE.parent / "app.py")
"""Where the pages start: in an installed package, and in a checkout."""
_MORE = "sparsight app [OPTIONS] [-- --model-dir DIR] opens the pages; options are Streamlit's."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, or open the pages; return the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["app"]:
        return _open_pages(given[1:])
    return run_command(given, program="sparsight", epilog=_MORE)


def _open_pages(options: Sequence[str]) -> int:
    """Serve the pages until they are stopped; the browser opens where Streamlit opens one."""
    try:
        from streamlit.web import cli  # noqa: PLC0415 - an extra of the package
    except ModuleNotFoundError:
        print("The pages need Streamlit: pip install 'sparsight[app]'", file=sys.stderr)  # noqa: T201
        return 1
    entry = next(path for path in _ENTRIES if path.is_file())
    cli.main(["run", str(entry), *options], standalone_mode=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
