"""One sample between two networks, and which of them are picked to look at."""

from dataclasses import dataclass

from explain.core.errors import InvalidOption

SHOWN = ("all", "changed", "next", "never", "unsure", "wrong")
"""What can be picked by what pruning does to the decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Which cases: those that all four say.

    `show`: "changed" decided otherwise now · "next" not yet, but at a larger amount of the sweep ·
    "never" at none · "unsure" those that the dense network hardly decides · "wrong" those that the
    other network gets wrong. `label`: the class or label that they truly are. `group`:
    "column~label". `search`: words that names, groups, readable values or texts begin with.

    Raises:
        InvalidOption: there is no such `show`.
    """

    show: str = "all"
    label: int | None = None
    group: str = ""
    search: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be shown."""
        if self.show not in SHOWN:
            raise InvalidOption("study.no_such_pick", show=self.show, known=SHOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One sample and what pruning does to its decision.

    `before` and `after`: the decisions of the two networks, a class, a value, or 0 and 1 for each
    label. `status` and `first_amount` as in the flip ledger, None for never. `right`: whether the
    other network is right, None where nothing is known. `lead`: the probability, 0 to 1, by which
    the dense network prefers its decision to the next; None for values.
    """

    row: int
    before: float | tuple[float, ...]
    after: float | tuple[float, ...]
    status: str
    right: bool | None
    first_amount: float | None
    lead: float | None
