"""What the code of the product reaches by itself, with no session: all that it could keep."""

import gc
import sys
from types import ModuleType

import numpy as np
import torch

ROOMS = frozenset({"pages", "explain", "models"})


def reached():
    """Yield every object that a module of the product holds, however far down.

    Caches of any kind hang on something that a module has: a global, a decorator, a class, a
    closure. Modules and classes of others are not entered.
    """
    left = [vars(one) for name, one in list(sys.modules.items()) if name.split(".")[0] in ROOMS]
    seen = set(map(id, left))
    while left:
        found = left.pop()
        yield found
        for part in gc.get_referents(found):
            if id(part) not in seen and not _of_others(part):
                seen.add(id(part))
                left.append(part)


def _of_others(part):
    if isinstance(part, ModuleType):
        return True
    if isinstance(part, dict) and "__builtins__" in part:
        return str(part.get("__name__")).split(".")[0] not in ROOMS
    return isinstance(part, type) and part.__module__.split(".")[0] not in ROOMS


def held(key):
    """Return the texts that name a model and the memory of tensors and arrays: place -> bytes."""
    texts, pieces = [], {}
    for one in reached():
        if isinstance(one, str) and key in one:
            texts.append(one)
        elif isinstance(one, torch.Tensor):
            pieces[one.untyped_storage().data_ptr()] = one.untyped_storage().nbytes()
        elif isinstance(one, np.ndarray) and one.base is None:
            pieces[id(one)] = one.nbytes
    return texts, pieces
