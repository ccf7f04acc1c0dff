"""`numpen COMMAND`: parse, call one function, print."""

import os
import sys
from pathlib import PurePath

from numpen.cli.interruption import end_commands_at_once


def open_closed_streams() -> None:
    """Let standard input, output and error lead nowhere if whoever started the command has closed them.

    Else the next file that is opened has the number of one, and what is printed lands in it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, closefd=False))


if PurePath(sys.argv[0]).stem == "numpen":  # the command itself, whose other imports may be interrupted, too
    open_closed_streams()
    end_commands_at_once()
