"""What a reader says beside what it read, checked when it comes back."""

from explain.core.errors import ImportRefused
from explain.core.messages import Message, Unsayable, from_plain

_MOST = 200


def messages_from(plain: object) -> tuple[Message, ...]:
    """Return the messages that a reader sent, at most 200.

    Raises:
        ImportRefused: something else came.
    """
    try:
        found = [from_plain(said) for said in plain[:_MOST]] if isinstance(plain, list) else []
    except Unsayable as error:
        raise ImportRefused("loading.files.unasked_answer") from error
    said = tuple(one for one in found if isinstance(one, Message))
    if len(said) < len(found):
        raise ImportRefused("loading.files.unasked_answer")
    return said
