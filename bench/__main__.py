"""Run every bench, each in a process of its own: `python -m bench`."""

import subprocess
import sys

BENCHES = (
    *("masks", "moves", "release", "students", "frames"),
    *("attributors", "amounts", "reasons", "modules"),
    *("digit_modules", "contributions", "partition", "uploads", "stories", "drift", "repair"),
)


def main() -> int:
    """Print all tables; return how many benches could not be run to their end."""
    failed = 0
    for name in BENCHES:
        print(f"\n== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False)  # noqa: S603
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
