"""What is said when a .pt2 file is not taken in."""

from explain.core.errors import ImportRefused

__all__ = ["AGAIN", "refusal"]

AGAIN = (
    "Export it again: torch.export.save(torch.export.export(model.eval(), (example,), "
    "dynamic_shapes=({0: torch.export.Dim.AUTO},)), 'model.pt2')."
)


def refusal(reason: str, *, hint: str = AGAIN) -> ImportRefused:
    """Return the error for a .pt2 file; `reason` goes on after "The .pt2 file "."""
    return ImportRefused(f"The .pt2 file {reason}.", hint=hint)
