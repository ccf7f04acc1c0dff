"""What is asked about a model besides reading: its answers to the test pictures, and edited copies of it."""

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from numpen.errors import LabError
from numpen.evaluation.attribution import attribute
from numpen.lab import judgement, plane, weights
from numpen.lab.edits import edits_from
from numpen.lab.requests import body_of, elsewhere, json_body
from numpen.lab.shelf import Entry, Shelf


class ModelsApi:
    """The handlers for one lab's shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def routes(self) -> list[Route]:
        """What lies below /api/models/ID here, and the test pictures."""
        return [
            Route("/api/models/{id}/edited", self._edited, methods=["POST"]),
            Route("/api/models/{id}/model.numpen", self._file),
            Route("/api/models/{id}/why", self._why, methods=["POST"]),
            Route("/api/models/{id}/score", self._score),
            Route("/api/models/{id}/score/{first:int}", self._score),
            Route("/api/models/{id}/mistakes", self._mistakes),
            Route("/api/models/{id}/map/pixels", self._map),
            Route("/api/models/{id}/map/{layer:int}", self._map),
            Route("/api/test/{row:int}", self._picture),
            Route("/api/models/{id}/cell/{truth:int}/{answer:int}", self._cell),
        ]

    def key(self, request: Request) -> str:
        """The id in the address; HTTPException 404 for one that there is not."""
        key = str(request.path_params["id"])
        if key not in self.shelf.entries:
            raise HTTPException(404, "expected a model of the lab, got another name")
        return key

    def entry(self, request: Request) -> Entry:
        """The model with the id in the address; HTTPException 404."""
        return self.shelf.entries[self.key(request)]

    async def _edited(self, request: Request) -> Response:
        key, edits = self.key(request), edits_from(await json_body(request))
        if self.shelf.entries[key].edited:
            raise HTTPException(404, "expected a model as it was trained, got an edited copy: edit the model itself")
        return JSONResponse(self.shelf.told(await elsewhere(self.shelf.edited, key, edits)), 201)

    async def _file(self, request: Request) -> Response:
        key = self.key(request)
        content = await elsewhere(weights.model_file, self.shelf.entries[key].reader.model)
        name = "edited" if self.shelf.entries[key].edited else key
        attached = {"content-disposition": f'attachment; filename="{name}.numpen"'}
        return Response(content, media_type="application/octet-stream", headers=attached)

    async def _why(self, request: Request) -> Response:
        """What each pixel has in it that one digit is said rather than another: 784 bytes, then the two digits."""
        model, content = self.entry(request).reader.model, await body_of(request, "application/octet-stream")
        if len(content) != 786:
            raise LabError(f"expected 28x28 bytes and two digits, got {len(content)} bytes")
        picture = np.frombuffer(content[:784], np.uint8).reshape(28, 28)
        return JSONResponse((await elsewhere(attribute, model, picture, content[784], content[785])).as_dict())

    async def _score(self, request: Request) -> Response:
        key, first = self.key(request), request.path_params.get("first")
        answers = await (
            elsewhere(self.shelf.first_answers, key, first) if first else elsewhere(self.shelf.answers, key)
        )
        return JSONResponse(judgement.score(answers, self.shelf.test))

    async def _mistakes(self, request: Request) -> Response:
        answers = await elsewhere(self.shelf.answers, self.key(request))
        return JSONResponse(judgement.mistakes(answers, self.shelf.test))

    async def _cell(self, request: Request) -> Response:
        key, params = self.key(request), request.path_params
        answers = await elsewhere(self.shelf.answers, key)
        return JSONResponse(judgement.cell(answers, self.shelf.test, params["truth"], params["answer"]))

    async def _map(self, request: Request) -> Response:
        key, layer = self.key(request), request.path_params.get("layer")
        answers = await elsewhere(self.shelf.answers, key)
        model = self.shelf.entries[key].reader.model
        return JSONResponse(await elsewhere(plane.plane, model, self.shelf.test, answers, layer))

    async def _picture(self, request: Request) -> Response:
        return JSONResponse(judgement.picture(self.shelf.test, request.path_params["row"]))
