"""Digits that a person has corrected on the page, kept among their own: only where the lab was told a folder."""

import shlex
from pathlib import Path

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from numpen.digits.own_digits import check_folder, keep
from numpen.errors import PictureError
from numpen.lab.requests import body_of, elsewhere

SIZE = 28 * 28  # bytes of a picture


class Corrections:
    """The folder of one's own digits, and the handlers that put pictures in and take them out again."""

    def __init__(self, folder: Path | None) -> None:
        """Raise OutputError for a folder that holds something else."""
        if folder:
            check_folder(folder)
        self.folder = folder
        self._kept: dict[bytes, Path] = {}  # what this lab has written, by its pixels

    @property
    def command(self) -> str | None:
        """What `numpen train` calls the folder, or None if there is none."""
        return f"--data {shlex.quote(str(self.folder))}" if self.folder else None

    def routes(self) -> list[Route]:
        """Everything below /api/corrections; what a request says is a digit and pixels, never a name."""
        return [
            Route("/api/corrections/none", self._forget, methods=["POST"]),
            Route("/api/corrections/{digit:int}", self._keep, methods=["POST"]),
        ]

    async def _keep(self, request: Request) -> Response:
        folder, pixels = self._folder(), await _pixels(request)
        frame = np.frombuffer(pixels, np.uint8).reshape(28, 28)
        self._kept[pixels] = await elsewhere(keep, folder, frame, request.path_params["digit"])
        return JSONResponse({"kept": len(self._kept)})

    async def _forget(self, request: Request) -> Response:
        """What was kept by mistake goes away again; what was there before the lab opened stays."""
        self._folder()
        path = self._kept.pop(await _pixels(request), None)
        if path:
            path.unlink(missing_ok=True)
        return JSONResponse({"kept": len(self._kept)})

    def _folder(self) -> Path:
        if self.folder is None:
            raise HTTPException(404, "expected a lab with a folder for corrections, got none: numpen lab --corrections")
        return self.folder


async def _pixels(request: Request) -> bytes:
    pixels = await body_of(request, "application/octet-stream")
    if len(pixels) != SIZE:
        raise PictureError(f"expected a picture of 28x28 bytes, got {len(pixels)} bytes")
    return pixels
