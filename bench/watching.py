"""A clock inside the page: from the pointer's release until the page shows what it has to."""

from pathlib import Path

_CLOCK = Path(__file__).with_suffix(".js").read_text(encoding="utf-8").partition("\n\n")[2].strip()

SAME = "(texts, { wanted }) => JSON.stringify(texts) === JSON.stringify(wanted)"
"""The page shows exactly the texts that are wanted."""


NUMBERS = """() => {
    const inside = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.className === "ribbon") return element;
            const found = element.shadowRoot && inside(element.shadowRoot);
            if (found) return found;
        }
        return null;
    };
    const ribbon = inside(document);
    return [...(ribbon?.querySelectorAll(".number") ?? [])].map((e) => e.innerText.trim());
}"""
"""A JavaScript function that returns the three numbers of the ribbon."""


def watch(shown: str, right: str = SAME) -> str:
    """Return JavaScript that puts a promise of {waited, texts, right} into `window.benchRelease`.

    It looks every 5 ms. It is given an object: what `right` needs, and `patience`, the milliseconds
    after which it gives up.

    Args:
        shown: a JavaScript function that returns the texts that the page shows.
        right: a JavaScript function of these texts and of the object given.
    """
    return f"(given) => ({_CLOCK})(given, {shown}, {right})"
