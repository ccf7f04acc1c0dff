"""Pickles as data: lists, tuples, dicts, numbers, strings and plain numeric arrays, and nothing else.

A pickle is a program for a small machine with a stack and a memo. This is that machine without its dangerous
half: a name in the file is compared with a few known ones and never imported, nothing is called but what
stands here, and what is built may not outgrow the file.
"""

from numpen.unpickling.machine import load_packed, load_plain
from numpen.unpickling.rows import Rows

__all__ = ["Rows", "load_packed", "load_plain"]
