# SPDX-License-Identifier: Apache-2.0
"""Runs stages and sources on arrays, block by block as a box does: by its own adapter, on memory that is another's
afterwards, so that what a stage keeps of a block, or leaves unwritten, shows as NaN."""
from __future__ import annotations

import dataclasses
import itertools
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from . import Event, Format
from .box import adapter

Code = Callable[..., Any]
BEHIND = 0.5  # what lies behind a row's last value is finite, and nobody's
PORTS = ("none", "signal", "spectrum", "features")


@dataclasses.dataclass
class Ran:
    """All that came out."""

    format: Format
    data: np.ndarray  # frames x channels, or frames x values x channels
    times_ns: np.ndarray  # of each frame
    events: list[Event]  # on frames of all that came out


def run(
    code: Code,
    samples: np.ndarray,
    *,
    params: Mapping[str, Any] | None = None,
    rate_hz: float = 250.0,
    channels: Sequence[str] = (),
    format: Format | None = None,
    output: str = "signal",
    block: int | Sequence[int] = 32,
    events: Sequence[Event] = (),
    reload_at: int | None = None,
) -> Ran:
    """What a stage or a sink makes of a signal, frames x channels.

    `format`: of what comes in, where rate_hz and channels do not say enough. `block`: frames of each block, over and over.
    `reload_at`: the first block from this frame on goes to another instance, which was given the state.
    """
    sizes = [block] if isinstance(block, int) else list(block)
    names = tuple(channels) or tuple(f"C{number + 1}" for number in range(samples.shape[-1]))
    given = (format or Format("signal", rate_hz, names, unit="uV")).replace(max_frames=max(sizes))
    if samples.shape != given.shape(len(samples)):
        raise ValueError(f"samples are {samples.shape}, and the format says {given.shape(len(samples))}")
    bench = _Bench(code, params or {}, given, output)
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(samples):
            break
        if reload_at is not None and at >= reload_at:
            bench.reload()
            reload_at = None
        piece = samples[at : at + size]
        own = [dataclasses.replace(it, frame=it.frame - at) for it in events if at <= it.frame < at + len(piece)]
        bench.process(piece, own)
        at += len(piece)
    return bench.ran()


def read(
    code: Code, frames: int, *, params: Mapping[str, Any] | None = None, block: int | Sequence[int] = 32
) -> Ran:
    """What a source delivers until it ends, or has been asked for so many frames."""
    sizes = itertools.cycle([block] if isinstance(block, int) else list(block))
    most = block if isinstance(block, int) else max(block)
    bench = _Bench(code, params or {}, None, "signal", max_frames=most)
    asked = 0
    while asked < frames:
        size = min(next(sizes), frames - asked)
        if not bench.read(size):
            break
        asked += size
    return bench.ran()


def problems(code: Code, samples: np.ndarray, *, tolerance: float = 1e-5, **options: Any) -> list[str]:
    """What every stage has to keep to: what comes out is finite, does not depend on how the signal was cut into blocks,
    and goes on after a reload as if there had been none. In words; none: it does. `options`: as for run."""
    whole = run(code, samples, block=[64], **options)
    bad = np.flatnonzero(~np.isfinite(whole.data))
    found = [f"value {bad[0]} of what comes out is {whole.data.flat[bad[0]]}"] if len(bad) else []
    ways = {
        "in blocks of one frame": {"block": [1]},
        "in blocks of 1, 7 and 64 frames": {"block": [1, 7, 64]},
        "with a reload half way": {"block": [64], "reload_at": len(samples) // 2},
    }
    # The room of a block is part of the format, and 64 frames at most in each of them.
    for name, way in ways.items():
        what = _difference(whole, run(code, samples, **way, **options), tolerance)
        found += [f"{name} {what}"] if what else []
    return found


def _difference(one: Ran, other: Ran, tolerance: float) -> str | None:
    if len(one.data) != len(other.data):
        return f"{len(other.data)} frames come out, and not {len(one.data)}"
    scale = float(np.nanmax(np.abs(one.data), initial=0.0)) or 1.0
    odd = np.flatnonzero(~(np.abs(one.data - other.data) <= tolerance * scale) & ~np.isnan(one.data))
    if len(odd):
        return f"value {odd[0]} is {other.data.flat[odd[0]]}, and not {one.data.flat[odd[0]]}"
    late = np.flatnonzero(np.abs(one.times_ns - other.times_ns) > 1000)
    if len(late):
        return f"frame {late[0]} is at {other.times_ns[late[0]]} ns, and not at {one.times_ns[late[0]]} ns"
    return None if one.events == other.events else "events are on other frames"


class _Bench:
    """One instance in the adapter, and all that came out of it."""

    def __init__(
        self, code: Code, params: Mapping[str, Any], given: Format | None, output: str, max_frames: int = 0
    ) -> None:
        self.box = box = adapter()
        box["np"] = np
        box["Instance"].failed = _raise
        verb = "process" if given else "read"
        ports = (PORTS.index(given.port) if given else 0, PORTS.index(output))
        declared = (verb, *ports, [(name, False) for name in params])
        self.component = box["Component"](_Module(verb, code), declared, True)
        self.given, self.output_port, self.params = given, output, dict(params)
        self.max_frames = given.max_frames if given else max_frames
        self.instance = self.make()
        self.format = None if output == "none" else self.instance.output
        self.frames = self.sequence = 0
        self.pieces: list[np.ndarray] = []
        self.times: list[np.ndarray] = []
        self.events: list[Event] = []

    def make(self) -> Any:
        instance = self.box["SourceInstance" if self.given is None else "Instance"](self.component, dict(self.params))
        if not instance.activate(self.told(), PORTS.index(self.output_port), self.max_frames):
            raise ValueError(instance.error)
        return instance

    def told(self) -> tuple[Any, ...] | None:
        it = self.given
        if it is None:
            return None
        names = list(it.values)
        return (
            *(PORTS.index(it.port), it.rate_hz, list(it.channels), it.value_count),
            *(names, it.max_frames, it.bin_hz, it.unit),
        )

    def reload(self) -> None:
        """Another instance with the state of this one."""
        state = bytearray(self.instance.state_bytes())
        before, self.instance = self.instance, self.make()
        if state:
            before.save(memoryview(state))
            if self.instance.load(memoryview(state)) != self.box["OK"]:
                raise ValueError(self.instance.error or "the state of one instance is none for another")

    def process(self, piece: np.ndarray, events: Sequence[Event]) -> None:
        given, box = self.given, self.box
        assert given is not None
        memory = np.full((len(piece), _stride(given)), BEHIND, np.float32)
        flat = np.asarray(piece, np.float32).reshape(len(piece), -1)
        memory[:, : flat.shape[1]] = flat
        packed = b"".join(
            box["EVENT"].pack(it.frame, it.duration_s, it.label.encode()[:55]) for it in events
        )
        time_ns = round(self.frames * 1e9 / given.rate_hz) if given.rate_hz else 0
        head = self.head(len(piece), time_ns, given.rate_hz, len(events))
        room = self.room(self.format.max_frames if self.format else 0, head, packed)
        view = memoryview(memory).toreadonly().cast("B")
        self.instance.process(bytes(head), view, packed, *room)
        memory.fill(np.nan)
        self.frames += len(piece)
        self.sequence += 1
        self.take(*room)

    def read(self, frames: int) -> bool:
        """Whether there will be more."""
        assert self.format is not None
        time_ns = round(sum(map(len, self.times)) * 1e9 / self.format.rate_hz)
        room = self.room(frames, self.head(frames, time_ns, self.format.rate_hz, 0), b"")
        status = self.instance.process(*room)
        if status == self.box["OK"]:
            self.take(*room)
        return status != self.box["END"]

    def head(self, frames: int, time_ns: int, rate_hz: float, event_count: int) -> bytearray:
        """As struct sb_block begins."""
        numbers = (0, 0, self.sequence, self.frames, time_ns, rate_hz, frames, 0, 0, 0, 0, event_count)
        return bytearray(self.box["BLOCK"].pack(*numbers))

    def room(self, frames: int, head: bytearray, events: bytes) -> tuple[Any, ...]:
        """A block that goes out: it begins with the times and events of the one that came in."""
        rows = np.full((frames, _stride(self.format)), np.nan, np.float32) if self.format else np.zeros(0, np.float32)
        event_bytes = self.box["EVENT"].size * self.box["MOST_EVENTS"]
        out_events = bytearray(events.ljust(event_bytes, b"\0"))
        return bytearray(head), memoryview(rows).cast("B"), out_events, bytearray(8 * frames)

    def take(self, out: bytearray, data: memoryview, events: bytearray, times: bytearray) -> None:
        box, format = self.box, self.format
        if format is None:
            return
        count, time_ns, event_count = (
            struct.unpack_from(box[name][1], out, box[name][0])[0] for name in ("FRAMES", "TIME", "EVENT_COUNT")
        )
        first = sum(map(len, self.times))
        self.pieces.append(box["array"](data, format)[:count].copy())
        own = np.frombuffer(times, np.int64)[:count].copy()
        even = time_ns + np.round(np.arange(count) * 1e9 / (format.rate_hz or 1)).astype(np.int64)
        self.times.append(even if format.rate_hz else own)
        self.events += [dataclasses.replace(it, frame=first + it.frame) for it in self.unpacked(events, event_count)]

    def unpacked(self, events: bytearray, count: int) -> Iterator[Event]:
        layout = self.box["EVENT"]
        for frame, duration_s, label in layout.iter_unpack(bytes(events[: count * layout.size])):
            yield Event(frame, label.partition(b"\0")[0].decode(), duration_s)

    def ran(self) -> Ran:
        format = self.format or Format("none", 0.0, ())
        empty = np.zeros(format.shape(0), np.float32)
        times = np.concatenate([np.zeros(0, np.int64), *self.times])
        return Ran(format, np.concatenate([empty, *self.pieces]), times, self.events)


class _Module:
    """What a file with this alone would be."""

    def __init__(self, verb: str, code: Code) -> None:
        setattr(self, verb, code)


def _stride(format: Format | None) -> int:
    return (len(format.channels) * format.value_count + 7) & ~7 if format else 0


def _raise(_instance: Any, error: BaseException) -> None:
    raise error
