"""Several requests in one: `$batch`."""

from collections.abc import Awaitable, Callable

from leadflow.dataverse.call import Answer, Call


async def answer_batch(call: Call, answer: Callable[..., Awaitable[Answer]]) -> Answer:
    """Answer each part with `answer`, in order; a change set as a whole."""
    raise NotImplementedError
