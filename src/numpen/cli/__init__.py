"""`numpen COMMAND`: parse, call one function, print."""

import sys
from pathlib import PurePath

from numpen.cli.interruption import end_commands_at_once

if PurePath(sys.argv[0]).stem == "numpen":  # the command itself, whose other imports may be interrupted, too
    end_commands_at_once()
