"""The row of groups that is likeliest, from what the networks say of each and what they cannot know."""

import numpy as np

from numpen.reading.lattice import Part, best_way


def part(left: int, width: int, height: int, *, piece: int, cut: float | None = None, is_slice: bool = False) -> Part:
    return Part(left, 0, np.ones((height, width), np.float32), piece, is_slice, cut)


def test_a_pair_is_cut_where_both_halves_look_like_digits() -> None:
    halves = [part(0, 50, 100, piece=0, is_slice=True), part(50, 50, 100, piece=0, is_slice=True, cut=1.0)]
    boxes = {(0, 1): (100, 50), (1, 2): (100, 50), (0, 2): (100, 100)}
    clear, whole = {(0, 1): np.log(0.9), (1, 2): np.log(0.9)}, {(0, 2): np.log(0.2)}
    assert best_way(halves, clear | whole, boxes, 100) == [(0, 1), (1, 2)]
    assert best_way(halves, clear | {(0, 2): np.log(0.95)}, boxes, 100) == [(0, 2)]


def test_two_tall_pieces_are_not_taken_for_one_digit_without_need() -> None:
    pieces = [part(0, 40, 60, piece=0), part(45, 50, 110, piece=1)]
    looks = {(0, 1): np.log(0.9), (1, 2): np.log(0.35), (0, 2): np.log(0.6)}
    boxes = {(0, 1): (60, 40), (1, 2): (110, 50), (0, 2): (110, 95)}
    assert best_way(pieces, looks, boxes, 60) == [(0, 1), (1, 2)]


def test_an_unclear_piece_counts_among_digits_and_not_among_letters() -> None:
    looks = {(n, n + 1): np.log(0.9) for n in range(5)} | {(2, 3): np.log(0.011)}
    row = [part(60 * n, 50, 100, piece=n) for n in range(5)]
    boxes = dict.fromkeys(looks, (100, 50))
    assert (2, 3) in best_way(row, looks, boxes, 100)
    letters = {span: np.log(0.011) for span in looks}
    assert best_way(row, letters, boxes, 100) == []


def test_a_fleck_beside_a_digit_is_no_digit() -> None:
    row = [part(0, 50, 100, piece=0), part(60, 8, 30, piece=1)]
    looks = {(0, 1): np.log(0.99), (1, 2): np.log(0.99)}
    assert best_way(row, looks, {(0, 1): (100, 50), (1, 2): (30, 8)}, 100) == [(0, 1)]
