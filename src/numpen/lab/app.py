"""What the lab answers: a page, its files, and questions about models; models_api.py and runs_api.py answer for more.

Whatever a request names (a model, a picture, a file of the page) is looked up in a listing; nothing a request
says becomes a path.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from numpen.errors import LabError, NumpenError
from numpen.evaluation.explanation import explain
from numpen.lab import door, weights
from numpen.lab.corrections import Corrections
from numpen.lab.events import Events
from numpen.lab.files import page_files
from numpen.lab.lines import lines_of
from numpen.lab.models_api import ModelsApi
from numpen.lab.requests import body_of, elsewhere
from numpen.lab.runs import Run, Runs
from numpen.lab.runs_api import RunsApi
from numpen.lab.shelf import Shelf
from numpen.lab.units import excitement
from numpen.reading.reader import Reader
from numpen.training.recipe import load_recipe, recipe_names
from numpen.version import __version__

Handler = Callable[[Request], Awaitable[Response]]


class Lab:
    """One lab: its models and its runs, and the application that answers for them."""

    def __init__(self, token: str, corrections: Path | None = None) -> None:
        self.token, self.shelf = token, Shelf()
        self.models = ModelsApi(self.shelf)
        self.corrections = Corrections(corrections)
        self.files = page_files()
        self.events = Events()
        self.runs = Runs(self.events, self._shelve)

    def application(self) -> Starlette:
        """The ASGI application, to be put behind a Gate."""
        routes = [
            Route("/", self._page),
            Route("/static/{name:path}", self._file),
            Route("/api/lab", self._state),
            Route("/api/doubt", self._doubt),
            Route("/api/doubt/weights", self._doubt_weights),
            Route("/api/models/{id}", self._words),
            Route("/api/models/{id}/weights", self._weights),
            Route("/api/models/{id}/answer", self._ask(door.answer_board), methods=["POST"]),
            Route("/api/models/{id}/read", self._ask(door.read_picture), methods=["POST"]),
            Route("/api/models/{id}/read-page", self._ask(door.read_page), methods=["POST"]),
            Route("/api/models/{id}/page.html", self._take_home),
            Route("/api/models/{id}/explain", self._ask(_explained), methods=["POST"]),
            Route("/api/models/{id}/units/{layer:int}/{unit:int}", self._unit),
            *self.models.routes(),
            *self.corrections.routes(),
            *RunsApi(self.runs).routes(),
        ]
        handlers = {NumpenError: _say_error, HTTPException: _say_http, Exception: _say_fault}
        application = Starlette(routes=routes, exception_handlers=handlers)
        application.router.redirect_slashes = False  # what is not there is not there
        return application

    def end(self) -> None:
        """Say to everything that is open that the end has come."""
        self.events.end()

    def close(self) -> list[str]:
        """Stop what runs and save it; the lines to print about it."""
        return self.runs.close()

    def _shelve(self, run: Run) -> None:
        """A run that has weights to show stands on the shelf, as they were when its state last changed."""
        if run.snapshots and run.state != "running":
            file = f"--model {run.id}.numpen"
            self.shelf.put(run.id, f"{run.id}, {run.recipe['name']}", run.model(), file)

    async def _page(self, request: Request) -> Response:
        content, kind = self.files["index.html"]
        return Response(content.replace(b"{{token}}", self.token.encode()), media_type=kind)

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self.files:
            raise HTTPException(404, "expected a file of the page, got another name")
        content, kind = self.files[name]
        return Response(content, media_type=kind)

    async def _state(self, request: Request) -> Response:
        recipes = [load_recipe(name).as_dict() for name in recipe_names()]
        models = self.shelf.listing()
        told = {"version": __version__, "models": models, "recipes": recipes, "limits": door.LIMITS}
        return JSONResponse(told | {"corrections": self.corrections.command})

    async def _doubt(self, request: Request) -> Response:
        return JSONResponse(weights.words(*door.doubt()))

    async def _doubt_weights(self, request: Request) -> Response:
        return Response(weights.numbers(door.doubt()[0]), media_type="application/octet-stream")

    async def _words(self, request: Request) -> Response:
        entry = self.models.entry(request)
        model = entry.reader.model
        words = weights.words(model.network, model.pixel_divisor)
        return JSONResponse(words | {"title": entry.title, "card": model.card})

    async def _weights(self, request: Request) -> Response:
        numbers = weights.numbers(self.models.entry(request).reader.model.network)
        return Response(numbers, media_type="application/octet-stream")

    def _ask(self, question: Callable[[Reader, bytes], Any]) -> Handler:
        """A handler that asks a model's reader about the bytes in the body."""

        async def asked(request: Request) -> Response:
            entry, body = self.models.entry(request), await body_of(request, "application/octet-stream")
            return JSONResponse(await elsewhere(question, entry.reader, body))

        return asked

    async def _unit(self, request: Request) -> Response:
        model, params = self.models.entry(request).reader.model, request.path_params
        return JSONResponse(await elsewhere(excitement, model, self.shelf.test, params["layer"], params["unit"]))

    async def _take_home(self, request: Request) -> Response:
        content = await elsewhere(self.shelf.page, self.models.key(request))
        attached = {"content-disposition": 'attachment; filename="digit-reader.html"'}
        return Response(content, media_type="text/html; charset=utf-8", headers=attached)


def _explained(reader: Reader, content: bytes) -> dict[str, Any]:
    """The cards of a picture of 784 bytes, which may be followed by the digit that it is; each with its NumPy."""
    if len(content) not in (784, 785):
        raise LabError(f"expected 28x28 bytes and perhaps the digit, got {len(content)} bytes")
    picture = np.frombuffer(content[:784], np.uint8).reshape(28, 28)
    explanation = explain(reader.model, picture, content[784] if len(content) > 784 else None)
    told = explanation.as_dict()
    for card, words in zip(explanation.cards, told["cards"], strict=True):
        words["code"] = lines_of(card, reader.model)
    return told


async def _say_error(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _say_http(request: Request, error: Exception) -> Response:
    status, words = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"error": words}, status, headers)


async def _say_fault(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"expected an answer, got {type(error).__name__}: please report this"}, 500)
