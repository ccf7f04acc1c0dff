"""Digits, letters and signs of typefaces: a quarter of them is kept back to judge by."""

from benchmarks import typefaces
from benchmarks.typefaces import DIGITS, SIGNS, Typefaces, load


def test_no_family_is_both_to_learn_from_and_to_judge_by() -> None:
    learnt, kept_back = load(kept_back=False), load(kept_back=True)
    assert not set(learnt.families) & set(kept_back.families)
    assert len(set(kept_back.families)) > 60 and len(learnt.images) + len(kept_back.images) == 3580


def test_every_digit_fills_its_picture_and_stands_in_the_middle() -> None:
    for image in load(kept_back=True).images:
        margins = [(line.argmax(), line[::-1].argmax()) for line in (image.any(axis=1), image.any(axis=0))]
        assert min(sum(pair) for pair in margins) <= 4
        assert all(abs(int(before) - int(behind)) <= 4 for before, behind in margins)


def test_of_typefaces_kept_back_digits_are_read_and_signs_declined() -> None:
    assert share(typefaces.told_of_digits(few(DIGITS), 1), "right") > 90
    assert share(typefaces.told_of_signs(few(SIGNS), 1), "declined") > 70


def few(characters: str) -> Typefaces:
    """The first hundred that were kept back."""
    images, which, families = load(characters, kept_back=True)
    return Typefaces(images[:100], which[:100], families[:100])


def share(told: str, what: str) -> float:
    """The percentage behind a word."""
    return float(told.split(f"{what} ")[1].split("%")[0])
