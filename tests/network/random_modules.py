"""Small modules put together at random, as people write them and as nobody would."""

import random
import sys

import torch
from torch import nn

import explain
from explain.core.errors import ExplainError

ACTS = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "in place on its input": lambda x: x.mul_(2),
    "written in place": lambda x: x.clone().clamp_(-1, 1),
    "double": lambda x: x.double(),
    "half there and back": lambda x: x.half().float(),
    "rounded": torch.round,
    "whole numbers": lambda x: x.long().float(),
    "softmax": lambda x: x.softmax(-1),
    "over the rows": lambda x: x - x.mean(0),
    "turned": lambda x: x.t() @ x,
    "flat": lambda x: x.flatten(),
    "squeezed": torch.squeeze,
    "one number": lambda x: x.sum(),
    "sorted": lambda x: x.sort(-1).values,
    "first column": lambda x: x[:, 0],
    "first row": lambda x: x[0],
    "twice the rows": lambda x: torch.cat([x, x]),
    "no columns": lambda x: x[:, :0],
    "cumulated": lambda x: x.cumsum(-1),
    "by value": lambda x: x if x.sum() > 0 else -x,
    "masked": lambda x: x.masked_fill(x > 0, float("-inf")),
    "divided by zero": lambda x: x / 0,
    "random": lambda x: x + torch.rand_like(x),
    "complex": torch.fft.fft,
    "numpy": lambda x: torch.from_numpy(x.detach().numpy() * 2),
    "as a list": lambda x: torch.tensor(x.tolist()),
    "indexed by itself": lambda x: x[x > 0],
    "unique": torch.unique,
    "chunks": lambda x: x.chunk(2, -1)[0],
    "more dimensions": lambda x: x[:, None, :, None],
    "constant": lambda x: torch.ones(len(x), 3),
    "strange type": lambda x: x.to(torch.float8_e4m3fn).float(),
}
ENDS = {
    "itself": lambda x: x,
    "pair": lambda x: (x, x * 2),
    "dict": lambda x: {"logits": x, "loss": None},
    "nested": lambda x: [x, {"a": (x,)}],
    "nothing": lambda _: None,
    "number": lambda x: float(x.sum()),
    "text": lambda x: str(x.shape),
    "classes": lambda x: x.argmax(-1),
    "yes or no": lambda x: x > 0,
    "generator": lambda x: (part for part in x),
    "set of names": lambda _: {"a", "b"},
    "its own list": lambda x: x.tolist(),
}


class RandomModule(nn.Module):
    """A layer, functions and an end; `what` names the functions, `end` the end."""

    def __init__(self, what, end, width):
        super().__init__()
        torch.manual_seed(0)
        self.what, self.end = what, end
        self.first, self.norm = nn.Linear(5, width), nn.BatchNorm1d(width)
        self.normed = width % 2 == 0

    def forward(self, x):
        """Return anything."""
        x = self.norm(self.first(x)) if self.normed else self.first(x)
        for name in self.what:
            x = ACTS[name](x)
        return ENDS[self.end](x)


def random_module(seed):
    """Return a module, rows and targets, the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    what = dice.sample(sorted(ACTS), dice.randint(0, 2))
    end = dice.choice(("itself", dice.choice(sorted(ENDS))))
    module = RandomModule(what, end, dice.randint(1, 6))
    rows = torch.randn(dice.randint(1, 6), 5, generator=torch.Generator().manual_seed(seed))
    targets = (None, torch.arange(len(rows)) % 2, torch.arange(len(rows)) / 2, torch.eye(len(rows)))
    return module, rows, dice.choices(targets, (6, 4, 3, 1))[0]


def outcome(seed):
    """Return "" where a random module is taken or refused in words, else what broke."""
    module, rows, targets = random_module(seed)
    try:
        explain.subject(module, rows, targets)
    except ExplainError as refused:
        return "" if refused.hint else f"{seed}: no hint with {refused}"
    except Exception as error:  # noqa: BLE001 - what may come out is what is looked for
        return f"{seed}, {', '.join(module.what)} -> {module.end}: {error!r}"
    return ""


if __name__ == "__main__":
    broken = [said for said in map(outcome, range(int(sys.argv[1]))) if said]
    sys.exit("\n".join(broken))
