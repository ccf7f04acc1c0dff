"""What the page can ask of training runs, and tell them."""

import base64
import math
from collections.abc import AsyncIterator
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from numpen.errors import LabError
from numpen.lab import weights
from numpen.lab.requests import elsewhere, json_body
from numpen.lab.runs import Run, Runs
from numpen.training.recipe import Recipe, load_recipe, recipe_names

ORDERS = ("pause", "resume", "step", "group", "epoch", "stop")
MOST_PINS = 6
MOST_STREAMS = 16
FIELDS = frozenset(Recipe.__dataclass_fields__) - {"name", "summary"}


class RunsApi:
    """The handlers for one lab's runs."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs

    def routes(self) -> list[Route]:
        """Everything below /api/runs, and the stream of events."""
        return [
            Route("/api/runs", self._listing, methods=["GET"]),
            Route("/api/runs", self._start, methods=["POST"]),
            Route("/api/runs/{id}", self._words),
            Route("/api/runs/{id}/weights", self._weights),
            Route("/api/runs/{id}/weights/{step:int}", self._weights),
            Route("/api/runs/{id}/layers/{step:int}", self._layers),
            Route("/api/runs/{id}/model.numpen", self._file),
            Route("/api/runs/{id}/fork", self._fork, methods=["POST"]),
            Route("/api/runs/{id}/order", self._order, methods=["POST"]),
            Route("/api/events", self._events),
        ]

    async def _listing(self, request: Request) -> Response:
        place = self.runs.events.place  # first: what happens meanwhile comes again as an event
        runs = [run.as_dict() for run in list(self.runs.runs.values())]
        return JSONResponse({"place": place, "runs": runs})

    async def _start(self, request: Request) -> Response:
        wanted = await json_body(request)
        recipe = _recipe(wanted.get("recipe"), wanted.get("changes", {}))
        run = await elsewhere(self.runs.start, recipe, _pins(wanted.get("pins", [])))
        return JSONResponse(run.as_dict(), 201)

    async def _fork(self, request: Request) -> Response:
        parent, wanted = self._run(request), await json_body(request)
        step: Any = wanted.get("step")
        if type(step) is not int:
            raise LabError("expected the step to fork from, got something else")
        changes, pins = _changes(wanted.get("changes", {})), _pins(wanted.get("pins", []))
        run = await elsewhere(self.runs.fork, parent, step, changes, pins)
        return JSONResponse(run.as_dict(), 201)

    async def _words(self, request: Request) -> Response:
        run = self._run(request)
        network = await elsewhere(run.network)
        return JSONResponse(weights.words(network, run.divisor))

    async def _weights(self, request: Request) -> Response:
        run, step = self._run(request), self._step(request)
        network = await elsewhere(run.network, step)
        return Response(weights.numbers(network), media_type="application/octet-stream")

    async def _layers(self, request: Request) -> Response:
        snapshot = self._run(request).snapshot(self._step(request))
        return JSONResponse({"layers": snapshot.layers})

    def _step(self, request: Request) -> int | None:
        step: int | None = request.path_params.get("step")
        kept = self._run(request).snapshots
        if not kept or (step is not None and step not in kept):
            raise HTTPException(404, "expected a moment whose weights are kept, got another")
        return step

    async def _file(self, request: Request) -> Response:
        run = self._run(request)
        model = await elsewhere(run.model)
        content = weights.model_file(model)
        attached = {"content-disposition": f'attachment; filename="{run.id}.numpen"'}
        return Response(content, media_type="application/octet-stream", headers=attached)

    async def _order(self, request: Request) -> Response:
        run, wanted = self._run(request), await json_body(request)
        what: Any = wanted.get("what")
        value: Any = wanted.get("value")
        if what == "rate":
            if type(value) not in (int, float) or not (0 < value < 1000 and math.isfinite(value)):
                raise LabError("expected a learning rate above 0 and below 1000, got something else")
        elif what == "pins":
            value = _pins(value)
        elif what not in ORDERS:
            raise LabError(f"expected one of {', '.join(ORDERS)}, rate or pins, got something else")
        run.order(what, value)
        return JSONResponse({"state": run.state})

    async def _events(self, request: Request) -> Response:
        events = self.runs.events
        if events.listeners >= MOST_STREAMS:
            raise HTTPException(503, f"expected at most {MOST_STREAMS} open pages, got one more: close one")
        place = request.headers.get("last-event-id") or request.query_params.get("after", "")
        stream: AsyncIterator[bytes] = events.stream(place)
        return StreamingResponse(stream, media_type="text/event-stream")

    def _run(self, request: Request) -> Run:
        run = self.runs.runs.get(str(request.path_params["id"]))
        if run is None:
            raise HTTPException(404, "expected a run of the lab, got another name")
        return run


def _recipe(name: Any, changes: Any) -> Recipe:
    """The recipe that ships under this name, changed; never a file. Raises LabError and RecipeError."""
    if name not in recipe_names():
        raise LabError(f"expected a recipe that ships ({', '.join(recipe_names())}), got another name")
    recipe = load_recipe(name)
    changes = {key: value for key, value in _changes(changes).items() if value != getattr(recipe, key)}
    return recipe.changed(**changes) if changes else recipe


def _changes(changes: Any) -> dict[str, Any]:
    """What is another in a recipe, by its fields; their values are checked with the recipe. Raises LabError."""
    if not isinstance(changes, dict) or not changes.keys() <= FIELDS:
        raise LabError("expected changes to fields of a recipe, got others")
    return changes


def _pins(coded: Any) -> list[bytes]:
    """Up to six drawings of 784 bytes each, as base64. Raises LabError."""
    try:
        pins = [base64.b64decode(each, validate=True) for each in list(coded)]
    except (TypeError, ValueError) as error:
        raise LabError("expected drawings in base64, got something else") from error
    if len(pins) > MOST_PINS or any(len(pin) != 784 for pin in pins):
        raise LabError(f"expected at most {MOST_PINS} drawings of 28x28 bytes, got something else")
    return pins
