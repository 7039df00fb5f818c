"""Reads the lists of words: white space divides words, and bars divide phrases of several words."""


def words(text: str) -> frozenset[str]:
    """Returns the words of a text."""
    return frozenset(text.split())


def phrases(text: str) -> frozenset[str]:
    """Returns the phrases of a text, which stand between bars."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))
