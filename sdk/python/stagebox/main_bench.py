# SPDX-License-Identifier: Apache-2.0
"""Opens a main part on a box of a test's own, by the box's own main.py: events and requests reach it as texts, and it can
do what its manifest asks for and nothing else."""
from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from . import ServiceError
from .box import adapter


class OpenMain:
    """`published`: pairs of a type and its data; `calls`: pairs of a service and the request; `watched`: folders by their
    subscription, of which a test says what changes there: happens("watch.changed", ...)."""

    def __init__(
        self,
        folder: str | Path,
        *,
        config: Mapping[str, Any] | None = None,
        data_folder: str | None = None,
        services: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        """Runs the main part of a plugin's folder up to the end of its on_load. `config`: what is other than the defaults
        of plugin.toml; `services`: those of others, by their full names."""
        self.folder = Path(folder).resolve()
        self.manifest = tomllib.loads((self.folder / "plugin.toml").read_text("utf-8"))
        self.services = services or {}
        self.published: list[tuple[str, Any]] = []
        self.calls: list[tuple[str, Any]] = []
        self.watched: dict[int, str] = {}
        self._inbox = bytearray()
        self._answers: dict[int, tuple[bool, str]] = {}
        self._asked = self._happened = 0
        self._subscribed: set[str] = set()
        self._errors: list[BaseException] = []
        self._box = adapter(with_main=True)
        self._open(config or {}, data_folder)

    def happens(self, type: str, data: Mapping[str, Any] | None = None, *, lost: int = 0) -> None:
        """Something happens. What the main part's function for it raises is raised here."""
        if not self._subscribed & {type, "*"}:
            return
        self._happened += 1
        told = {"id": self._happened, "type": type, "time": "", "data": data or {}, "lost": lost}
        self._tell("event", json.dumps(told))
        self._go_on()

    def ask(self, name: str, request: Any = None) -> Any:
        """Somebody asks one of its services."""
        self._asked += 1
        self._tell(f"request {self._asked} {name}", json.dumps(request))
        self._box["take"]()
        is_well, body = self._answers.pop(self._asked)
        self._errors.clear()  # they are in the answer
        self._go_on()
        if not is_well:
            raise ServiceError(body)
        return json.loads(body)

    def unload(self) -> None:
        self._box["ask"]("on_unload")

    def _open(self, config: Mapping[str, Any], data_folder: str | None) -> None:
        box, manifest = self._box, self.manifest
        box.update(write=self._heard, read_exactly=self._read, leave=_leave, tell=self._errors.append)
        box["Log"] = lambda number: sys.stdout if number == 1 else sys.stderr
        file = manifest.get("main", {}).get("script") or manifest["runtime"]["script"]
        defaults = {name: it.get("default") for name, it in manifest.get("config", {}).items()}
        settings = {**defaults, **config}
        path, hooks = list(sys.path), list(sys.path_hooks)
        try:
            if not box["open_main"](str(self.folder / file), data_folder or "", json.dumps(settings)):
                raise self._errors[0] if self._errors else RuntimeError(box["problem"])
        finally:
            sys.path[:], sys.path_hooks[:] = path, hooks
        said, box["early"] = box["early"], None
        for content in said:
            self._heard(box["TEXT_MESSAGE"], content)
        context = SimpleNamespace(plugin=manifest["id"], version=manifest["version"], config=settings)
        box["ask"]("on_load", context)
        self._go_on()

    def _go_on(self) -> None:
        while self._inbox:
            self._box["take"]()
        self._box["handle_events"]()
        if self._errors:
            error, self._errors[:] = self._errors[0], []
            raise error

    # ---- what it says ----

    def _heard(self, _kind: int, content: bytes) -> None:
        words, _, body = content.decode().partition("\n")
        verb, *rest = words.split(" ")
        if verb == "subscribe":
            self._insist("subscribe", rest[0], "may not hear")
            self._subscribed.add(rest[0])
        elif verb == "publish":
            self._insist("publish", rest[0], "publishes")
            self.published.append((rest[0], json.loads(body)))
        elif verb == "call":
            self._tell(f"answer {rest[0]} {self._serve(rest[1], json.loads(body))}")
        elif verb == "watch":
            self.watched[int(rest[0])] = body
        elif verb == "unwatch":
            self.watched.pop(int(rest[0]), None)
        elif verb == "answer":
            self._answers[int(rest[0])] = (rest[1] == "ok", body)

    def _serve(self, name: str, request: Any) -> str:
        if not self._may("services", name):
            return f"error\n{self.manifest['id']} may not call {name}: [permissions] services"
        self.calls.append((name, request))
        if name not in self.services:
            return f'error\nthere is no service "{name}"'
        try:
            return f"ok\n{json.dumps(self.services[name](request))}"
        except ServiceError as error:
            return f"error\n{error}"

    def _may(self, right: str, name: str) -> bool:
        asked = self.manifest.get("permissions", {}).get(right, [])
        return name in asked or "*" in asked

    def _insist(self, right: str, name: str, verb: str) -> None:
        if not self._may(right, name):
            raise PermissionError(f'{self.manifest["id"]} {verb} "{name}": [permissions] {right}')

    # ---- what it is told ----

    def _tell(self, words: str, body: str | None = None) -> None:
        content = (words if body is None else f"{words}\n{body}").encode()
        self._inbox += self._box["HEAD"].pack(self._box["TEXT_MESSAGE"], len(content)) + content

    def _read(self, count: int) -> bytes:
        if len(self._inbox) < count:
            raise RuntimeError("it waits for what never comes")
        part = bytes(self._inbox[:count])
        del self._inbox[:count]
        return part


def _leave(code: int) -> None:
    raise SystemExit(code)
