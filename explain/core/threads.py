"""One thread per forward pass: concurrency comes from sessions and processes."""

import torch

__all__ = ["use_one_thread"]


def use_one_thread() -> None:
    """Make torch compute with one thread in this process; programs call it once at their start.

    Two threads on a busy two-core machine made training 40 times slower.
    """
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)
