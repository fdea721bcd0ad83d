# SPDX-License-Identifier: Apache-2.0
"""What a plugin in Python is given, and what it may be.

A box brings this very file along as the module `stagebox`; at a desk it is the package, for editors, type checkers and
tests (stagebox.test). It needs nothing but numpy, and that only where there are blocks.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    import os

    import numpy as np

# ---- what flows ----


@dataclasses.dataclass(frozen=True)
class Format:
    """What flows over a connection. `values`: names of a channel's values, of features; `bins`: of a spectrum."""

    port: str  # signal, spectrum, features, none
    rate_hz: float  # frames per second; 0: each frame has a time of its own
    channels: Sequence[str]
    values: Sequence[str] = ()
    bins: int = 0
    bin_hz: float = 0.0
    max_frames: int = 0
    unit: str = "1"

    def replace(self, **changes: Any) -> Format:
        """The same, but for these."""
        return dataclasses.replace(self, **changes)

    @property
    def value_count(self) -> int:
        return len(self.values) or self.bins or 1

    def shape(self, frames: int) -> tuple[int, ...]:
        """Of an array of so many frames."""
        return (frames, len(self.channels)) if self.port == "signal" else (frames, self.value_count, len(self.channels))


@dataclasses.dataclass(frozen=True)
class Event:
    frame: int  # of the block; negative: of one before
    label: str
    duration_s: float = 0.0


class Block:
    """What else there is to know of the block in hand, and to say of the one that goes out."""

    __slots__ = ()

    flags: int
    sequence: int
    first_frame: int
    rate_hz: float
    frames: int
    lost_before: int
    gap: bool  # frames are missing before this block
    events: list[Event]
    time_ns: int  # of its first frame; set it where the first frame that goes out has another

    def time_of(self, frame: int) -> int:
        """In nanoseconds, of a frame that came in."""
        raise NotImplementedError

    def set_times(self, times_ns: Sequence[int]) -> None:
        """Of each frame that goes out, where the output's rate is 0."""
        raise NotImplementedError

    def add_event(self, frame: int, label: str, duration_s: float = 0.0) -> bool:
        """Puts one on a frame, counted as those that come in are. False if the block can carry no more."""
        raise NotImplementedError


# ---- stages, sources and sinks: what their classes are like, each method but the first may be left out ----


class Stage(Protocol):
    def __init__(self, params: dict[str, Any], format: Format) -> None:
        """ValueError: refused, in its words."""

    def process(self, samples: np.ndarray) -> np.ndarray | None:
        """And by their names `out`, the output's memory, and `block`."""


class Source(Protocol):
    output: Format

    def __init__(self, params: dict[str, Any], format: Format) -> None: ...

    def read(self, frames: int) -> np.ndarray | None:
        """So many frames; None: there are none yet; EOFError: there will be no more. And by its name `block`."""


# ---- classes to begin with ----

Memory = TypeVar("Memory", bound="np.ndarray")


class StageBase:
    """A stage, sink or source whose `params` are always as they are now, and whose memory outlives a reload:

    class Average(StageBase):
        def __init__(self, params, format):
            super().__init__(params, format)
            self.mean = self.keep(np.zeros(len(format.channels)))
    """

    def __init__(self, params: dict[str, Any], format: Format) -> None:
        self.params = params
        self.format = format  # what comes in
        self._kept: list[np.ndarray] = []

    def keep(self, memory: Memory) -> Memory:
        """The array, which is a part of the state from now on. Change what is in it, and never the array."""
        self._kept.append(memory)
        return memory

    def set(self, name: str, value: Any) -> None:
        self.params[name] = value

    def save(self) -> dict[str, np.ndarray]:
        return {f"{number:04}": memory for number, memory in enumerate(self._kept)}

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        for number, memory in enumerate(self._kept):
            memory[...] = state[f"{number:04}"]


class WindowStage(StageBase):
    """A stage of features or spectra: cuts a signal into windows, and asks `measure` for the values of each. A row stands
    at the first frame that its window does not share with the one before, so that events come with the first row that
    knows of them, whatever the blocks were.

    `output`: what `measure` gives, as for Format.replace: `values` of features, or `bins` and `bin_hz` of a spectrum.
    `overlap`: the part of a window that the next one shares, 0 to less than 1.
    """

    def __init__(
        self, params: dict[str, Any], format: Format, *, window_s: float, overlap: float = 0.0, **output: Any
    ) -> None:
        import numpy as np

        super().__init__(params, format)
        length = round(window_s * format.rate_hz)
        if length < 1:
            raise ValueError(f"a window of {window_s} s has no frame at {format.rate_hz:g} Hz; take a longer one")
        self._hop = max(1, round(length * (1 - overlap)))
        self._window = self.keep(np.zeros((length, len(format.channels)), np.float32))
        self._filled = self.keep(np.zeros((), np.int64))
        most = format.max_frames // self._hop + 1
        self.output = format.replace(rate_hz=format.rate_hz / self._hop, max_frames=most, **output)

    def measure(self, window: np.ndarray) -> np.ndarray:
        """Of frames x channels, the values x channels. The window is to be read only, and another's afterwards."""
        raise NotImplementedError

    def process(self, samples: np.ndarray, out: np.ndarray, block: Block) -> np.ndarray:
        window, hop = self._window, self._hop
        filled, at, rows = int(self._filled), 0, 0
        while at < len(samples):
            count = min(len(window) - filled, len(samples) - at)
            window[filled : filled + count] = samples[at : at + count]
            filled, at = filled + count, at + count
            if filled < len(window):
                break
            if rows == 0:
                block.time_ns = block.time_of(at - hop)
            out[rows] = self.measure(window)
            window[:-hop] = window[hop:]
            filled, rows = filled - hop, rows + 1
        self._filled[...] = filled
        return out[:rows]


# ---- main parts: on_load(context), on_event(event) and on_unload() of their file, each may be left out ----


class Happened:
    """An event: `lost` is how many before it were dropped, since nobody took them."""

    __slots__ = ("data", "id", "lost", "time", "type")

    id: int
    type: str
    time: str
    data: Any
    lost: int

    def __init__(self, told: Mapping[str, Any], more_lost: int = 0) -> None:
        self.type, self.data, self.id, self.time = told["type"], told["data"], told["id"], told["time"]
        self.lost = told.get("lost", 0) + more_lost

    def __repr__(self) -> str:
        return f"{self.type} {self.data}"


class Context(Protocol):
    plugin: str
    version: str
    config: dict[str, Any]


class ServiceError(Exception):
    """A call that came to nothing; its words say why."""


Service = TypeVar("Service", bound=Callable[[Any], Any])

# Whoever runs the plugin's file puts what works there in the place of these.

config: dict[str, Any] = {}  # the plugin's settings
data_folder: str | None = None  # and its private folder


def subscribe(type: str, handler: Callable[[Happened], Any] | None = None) -> None:
    """Events of that type ("*": all) go to `handler`, or to on_event of the file."""
    _nobody()


def publish(type: str, data: Mapping[str, Any] | None = None) -> None:
    """An event, "my-plugin.found". What the box refuses stands in the plugin's log."""
    _nobody()


def call(service: str, request: Any = None) -> Any:
    """The answer of a service, "other-plugin.count". ServiceError if there is none."""
    _nobody()


def watch(folder: str | os.PathLike[str], debounce_ms: float = 500) -> int:
    """The event "watch.changed" tells what changes in a folder that it may read, once that has been quiet for so long:
    subscription (the number returned here), paths, and how many more."""
    _nobody()


def unwatch(subscription: int) -> None:
    _nobody()


def service(function: Service | None = None, *, name: str | None = None) -> Any:
    """@service: the function, which is given the request and returns the answer, is a service of that name."""
    return function or (lambda it: it)


def _nobody() -> None:
    raise RuntimeError("there is no box here; in a test, stagebox.test opens a main part on one of its own")


# ---- the types of plugin.toml ----

# What each mostly brings: node, analysis and effect a stage (a node may be a source or sink); generator a source; workflow
# and integration a main part; ui and visualization a panel, which is JavaScript. Each may bring more.
PluginType = Literal["node", "analysis", "effect", "generator", "workflow", "integration", "ui", "visualization"]
