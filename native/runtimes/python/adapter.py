# SPDX-License-Identifier: Apache-2.0
"""Stands between the engine's blocks and a plugin's Python code: finds the code of each class that plugin.toml
declares, hands it blocks as arrays that lie where the blocks lie, and takes care of what it raises.

component.c calls open_plugin, create and the methods of Instance; no exception leaves them. Of a main part main.py, which
is run behind this file, stands in their place.
"""
import gc
import importlib.util
import inspect
import json
import linecache
import math
import os
import struct
import sys
import time
import traceback
from importlib.machinery import FileFinder, SourceFileLoader

import stagebox

SITE = [f"/usr/local/lib/python3.{sys.version_info.minor}/dist-packages", "/usr/lib/python3/dist-packages"]
sys.path += SITE
np = None  # until there are blocks

OK, END, AGAIN, FAILED = 0, 1, 2, 1  # END and AGAIN as in stagebox/status.h
EXIT_MEMORY, EXIT_FAILURES = 112, 113  # engine/isolated/process.h
PORTS = ("none", "signal", "spectrum", "features")
STATE, LATENCY, SELF_PACED = 1, 2, 4  # component.h
MOST_EVENTS = 64

# struct sb_block from its beginning: what is read of it, and where the output's numbers go.
BLOCK = struct.Struct("=IIQQqdIIIIII")
FLAGS, TIME, FRAMES, LOST, EVENT_COUNT = (4, "=I"), (24, "=q"), (40, "=I"), (56, "=I"), (60, "=I")
EVENT = struct.Struct("=if56s")
GAP = 1

# What a failed block costs, what a good one earns, and how much is too much: five in a row, or one in nine for long.
COST, EARNED, TOO_MUCH = 8, 1, 40
TELL_EVERY_S = 1.0
MOST_AT_ONCE = 1 << 16  # characters of a log: it holds no more
# Where nothing is ever idle, garbage is collected all the same.
MOST_UNCOLLECTED = 50_000

problem = ""  # why open_plugin failed


class Log:
    """A pipe that nobody may be reading: what has no room in it is lost, and nobody waits."""

    encoding = "utf-8"

    def __init__(self, file):
        self.file = file
        self.rest = ""
        self.lost = 0  # bytes

    def write(self, text):
        text = str(text)
        lines, line_end, self.rest = (self.rest + text).rpartition("\n")
        self.send(lines + line_end)
        if len(self.rest) > 4096:
            self.flush()
        return len(text)

    def flush(self):
        rest, self.rest = self.rest, ""
        self.send(rest)

    def send(self, text):
        if len(text) > MOST_AT_ONCE:
            self.lost += len(text) - MOST_AT_ONCE
            text = text[:MOST_AT_ONCE] + "\n"
        left = memoryview(text.encode("utf-8", "backslashreplace"))
        try:
            if self.lost and left:
                os.write(self.file, f"... {self.lost} bytes of output left out\n".encode())
                self.lost = 0
            while left:
                left = left[os.write(self.file, left) :]
        except OSError:
            self.lost += len(left)

    def fileno(self):
        return self.file

    def isatty(self):
        return False


class Source(SourceFileLoader):
    """Compiles what stands in the plugin's folder, and never takes a cache that came along with it."""

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class Disagreement(Exception):
    """Between plugin.toml and the code."""


# ---- what a plugin sees: `import stagebox`, sdk/python/stagebox/__init__.py says what that is ----


Format, Event = stagebox.Format, stagebox.Event


class Block(stagebox.Block):
    __slots__ = ("_events", "_head", "_out", "_out_events", "_out_times", "_times")

    def __init__(self, head, events, out, out_events, out_times):
        self._head = BLOCK.unpack_from(head)
        self._events, self._out, self._out_events, self._out_times = events, out, out_events, out_times

    flags = property(lambda self: self._head[1])
    sequence = property(lambda self: self._head[2])
    first_frame = property(lambda self: self._head[3])
    rate_hz = property(lambda self: self._head[5])
    frames = property(lambda self: self._head[6])
    lost_before = property(lambda self: self._head[10])
    gap = property(lambda self: bool(self._head[1] & GAP))

    @property
    def events(self):
        return [
            Event(frame, label.partition(b"\0")[0].decode("utf-8", "replace"), duration_s)
            for frame, duration_s, label in EVENT.iter_unpack(self._events or b"")
        ]

    @property
    def time_ns(self):
        return self._head[4]

    @time_ns.setter
    def time_ns(self, time_ns):
        put(self._out, TIME, int(time_ns))

    def time_of(self, frame):
        return self._head[4] + math.floor(frame * 1e9 / self._head[5] + 0.5)

    def set_times(self, times_ns):
        np.frombuffer(self._out_times, np.int64)[: len(times_ns)] = times_ns

    def add_event(self, frame, label, duration_s=0.0):
        (count,) = struct.unpack_from(EVENT_COUNT[1], self._out, EVENT_COUNT[0])
        if count >= MOST_EVENTS:
            return False
        text = str(label).encode("utf-8")[:55].decode("utf-8", "ignore").encode("utf-8")
        EVENT.pack_into(self._out_events, count * EVENT.size, int(frame), float(duration_s), text)
        put(self._out, EVENT_COUNT, count + 1)
        return True


def put(block, place, number):
    struct.pack_into(place[1], block, place[0], number)


# ---- from a file to components ----


class Component:
    """The code of a class that plugin.toml declares: a function, or a class with methods."""

    def __init__(self, module, declared, is_alone):
        self.type, input_port, output_port, params = declared
        self.is_source, self.is_sink = input_port == 0, output_port == 0
        self.verb = "read" if self.is_source else "process"
        self.params = [name for name, _ in params]
        self.place = f"[stages.{self.type}] of plugin.toml"
        self.name, self.code = self.find(module, is_alone)
        self.is_class = inspect.isclass(self.code)
        if self.is_class:
            self.check_class([name for name, is_live in params if is_live])
        elif self.is_source:
            raise Disagreement(f"{self.place} is a source, and {self.name} no class, which could say what will come")
        self.wants = self.check_arguments()

    def find(self, module, is_alone):
        names = [self.type, "".join(word.capitalize() for word in self.type.split("_"))]
        for name in names + [self.verb] * is_alone:
            if callable(getattr(module, name, None)):
                return name, getattr(module, name)
        also = f", and no function {self.verb}" if is_alone else ""
        choice = " or ".join(names)
        raise Disagreement(f"{self.place} is declared, and {file_name} has no class or function {choice}{also}")

    def check_class(self, live):
        def lacks(name):
            return not callable(getattr(self.code, name, None))

        if lacks(self.verb):
            raise Disagreement(f"class {self.name} has no {self.verb}, which {self.place} needs")
        if live and lacks("set"):
            what = f"class {self.name} has no set(self, name, value)"
            raise Disagreement(f"{live[0]} is live in {self.place}, and {what}")
        if lacks("save") != lacks("load"):
            raise Disagreement(f"class {self.name} has one of save and load; write both, or none")

    def check_arguments(self):
        """Which it takes by their names, beyond the first."""
        known = ["block"] if self.is_source else ["block", "out"]
        if self.is_sink:
            known.remove("out")
        if not self.is_class:
            known += self.params
        function = getattr(self.code, self.verb) if self.is_class else self.code
        given = list(inspect.signature(function).parameters.values())[1 + self.is_class :]
        if any(it.kind is it.VAR_KEYWORD for it in given):
            return known
        needed = [it.name for it in given if it.default is it.empty and it.kind is not it.VAR_POSITIONAL]
        odd = [name for name in needed if name not in known]
        if odd:
            there = f"there are {', '.join(known)}"
            raise Disagreement(f"{self.words()} wants {odd[0]}, which {self.place} does not declare; {there}")
        wanted = [it.name for it in given if it.name in known]
        unused = [] if self.is_class else [name for name in self.params if name not in wanted]
        if unused:
            raise Disagreement(f"{self.place} has the parameter {unused[0]}, which {self.words()} does not take")
        return wanted

    def words(self):
        return f"{self.name}.{self.verb}" if self.is_class else self.name

    def traits(self):
        if not self.is_class:
            return 0
        has_state, has_latency = hasattr(self.code, "save"), hasattr(self.code, "latency_s")
        return STATE * has_state + LATENCY * has_latency + SELF_PACED * bool(getattr(self.code, "self_paced", False))


folder = file_name = ""
components = []


def open_plugin(path, data_folder, config, declared):
    """Runs the plugin's file. The traits of each class, in their order; or nothing, and `problem` says why."""
    global problem, folder, file_name, np
    sys.stdout, sys.stderr = Log(1), Log(2)
    folder, file_name = os.path.split(path)
    try:
        try:
            import numpy as np
        except ModuleNotFoundError:
            raise Disagreement("numpy is missing on this machine: as root, apt-get install python3-numpy") from None
        module = run_file(path, data_folder, json.loads(config), NOT_IN_A_STAGE)
        problems = []
        for one in declared:
            try:
                components.append(Component(module, one, len(declared) == 1))
            except Disagreement as error:
                problems.append(str(error))
        if problems:
            raise Disagreement("; ".join(problems))
    except Disagreement as error:
        problem = str(error)
    except BaseException as error:
        tell(error)
        problem = f"{file_name} cannot be run: {words_of(error)}"
    sys.stdout.flush()
    gc.collect()
    gc.freeze()
    gc.set_threshold(MOST_UNCOLLECTED)
    return [it.traits() for it in components] if not problem else []


def not_in_a_stage(*_arguments):
    raise RuntimeError("a stage only computes: subscribe, publish, call and watch in the plugin's [main]")


NOT_IN_A_STAGE = dict.fromkeys(("subscribe", "publish", "call", "watch", "unwatch"), not_in_a_stage)


def run_file(path, data_folder, config, more):
    def finder(entry):
        if entry != folder and not is_own(entry):
            raise ImportError
        return FileFinder(entry, (Source, [".py"]))

    sys.path_hooks.insert(0, finder)
    sys.path.append(folder)
    stagebox.__dict__.update(more, config=config, data_folder=data_folder or None)
    loader = Source("plugin", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("plugin", loader, origin=path))
    module.__file__ = path
    sys.modules["plugin"] = module
    try:
        loader.exec_module(module)
    finally:
        for file in [getattr(it, "__file__", None) or "" for it in [*sys.modules.values()]]:
            if is_own(file):  # for tracebacks: once the sandbox is sealed no file is opened
                linecache.cache[file] = (0, None, linecache.getlines(file), file)
    return module


def is_own(file):
    return file.startswith(folder + "/")


# ---- what it raises ----


def words_of(error):
    """ZeroDivisionError: division by zero (stage.py:7)"""
    text = " ".join(traceback.format_exception_only(type(error), error)[-1].split())
    frames = [(it.filename, it.lineno) for it in own_frames(error)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno))
    where = f" ({os.path.basename(frames[-1][0])}:{frames[-1][1]})" if frames else ""
    return text[:800] + where


def own_frames(error):
    """Those of the plugin's own files."""
    frames = traceback.walk_tb(error.__traceback__)
    return traceback.StackSummary.extract(it for it in frames if is_own(it[0].f_code.co_filename))


def tell(error):
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(own_frames(error))]
    sys.stderr.write("".join(lines + traceback.format_exception_only(type(error), error)))


def leave(code):
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


# ---- one instance ----


def create(number, params):
    component = components[number]
    return (SourceInstance if component.is_source else Instance)(component, params)


class Instance:
    """Made by create, brought to life by activate: so that one that is activated again begins anew."""

    def __init__(self, component, params):
        self.component = component
        self.params = params
        self.object = self.call = None
        self.held = []  # events that wait for a frame
        self.error = ""
        self.score = 0
        self.told_s = -math.inf
        self.untold = 0

    def words(self):
        return self.error

    def activate(self, given, out_port, max_frames):
        """(port, rate_hz, channels, values, value_names, max_frames, bin_hz, unit) of the output; () if it refuses."""
        component = self.component
        self.held = []
        try:
            self.input = given and format_of(given)
            self.format = self.input or Format(PORTS[out_port], 0.0, (), max_frames=max_frames)
            output = self.format if self.input is None else self.format.replace(port=PORTS[out_port])
            if self.input and output.port != self.input.port:
                output = output.replace(values=(), bins=0, bin_hz=0.0)
            if component.is_class:
                self.object = component.code(dict(self.params), self.format)
                self.call = getattr(self.object, component.verb)
                output = getattr(self.object, "output", output).replace(port=output.port)
            else:
                self.call = component.code
            self.state = self.shape_of_state()
            return self.agree(output)
        except BaseException as error:
            if isinstance(error, SystemExit):
                self.end_as_asked(error)
            is_words = isinstance(error, (ValueError, Disagreement)) and error.args
            if not is_words:
                tell(error)
            self.error = str(error) if is_words else words_of(error)
            return ()

    def agree(self, output):
        """Keeps what a block of the output looks like."""
        if self.component.is_sink:
            return (None,)
        needs = {"features": "values", "spectrum": "bins"}.get(output.port)
        if needs and not getattr(output, needs):
            remedy = f"set self.output = format.replace({needs}=...)"
            raise Disagreement(f"{self.component.place} puts out {output.port}: {remedy}")
        if not output.channels or (self.component.is_source and not output.rate_hz > 0):
            remedy = "self.output = format.replace(rate_hz=..., channels=[...])"
            raise Disagreement(f"class {self.component.name} must say what comes: {remedy}")
        if output.port != "features":
            output = output.replace(values=())
        channels, values = tuple(map(str, output.channels)), tuple(map(str, output.values))
        self.output = output = output.replace(channels=channels, values=values)
        self.is_frame_by_frame = self.input is not None and self.input.rate_hz == output.rate_hz and output.rate_hz > 0
        return (
            PORTS.index(output.port),
            float(output.rate_hz),
            list(output.channels),
            output.value_count,
            list(output.values),
            int(output.max_frames),
            float(output.bin_hz),
            str(output.unit),
        )

    def process(self, head, data, events, out, out_data, out_events, out_times):
        """A block. 0, or 1: it failed, and the late policy has a block to fill."""
        try:
            wants, component = self.component.wants, self.component
            samples = array(data, self.input)
            frames = len(samples)
            arguments = {}
            room = None
            if not component.is_sink:
                room = array(out_data, self.output)
                if self.is_frame_by_frame:
                    room = room[:frames]
            for name in wants:
                if name == "block":
                    arguments[name] = Block(head, events, out, out_events, out_times)
                elif name == "out":
                    arguments[name] = room
                else:
                    arguments[name] = self.params[name]
            result = self.call(samples, **arguments)
            if room is not None:
                count = self.take(result, room, frames, "out" in arguments)
                put(out, FRAMES, count)
                if not self.is_frame_by_frame:
                    self.place_events(head, out, out_events, count)
            if self.score:
                self.score -= EARNED
            return OK
        except BaseException as error:
            return self.failed(error)

    def take(self, result, room, frames, has_out):
        """Puts what came back where it goes; the number of frames."""
        verb = self.component.words()
        if result is None and has_out:
            return len(room)
        if result is None:
            if not self.is_frame_by_frame:
                return 0
            raise TypeError(f"{verb} returned nothing; return an array, or take `out` and write into it")
        if result is room:
            return len(room)
        result = np.asarray(result)
        count = len(result) if result.ndim else -1
        is_whole = count in (0, frames) if self.is_frame_by_frame else 0 <= count <= len(room)
        if not is_whole or result.shape[1:] != room.shape[1:]:
            most = frames if self.is_frame_by_frame else f"at most {len(room)}"
            agreed = " x ".join(map(str, (most, *room.shape[1:])))
            given = " x ".join(map(str, result.shape)) or "one number"
            raise ValueError(f"{verb} returned an array of {given}, not of {agreed}")
        np.copyto(room[:count], result, casting="same_kind")
        return count

    def place_events(self, head, out, out_events, count):
        """Where other frames go out than came in: each event at its time, once there is a frame to put it on."""
        _, _, _, _, time_ns, rate_hz, *_ = BLOCK.unpack_from(head)
        (event_count,) = struct.unpack_from(EVENT_COUNT[1], out, EVENT_COUNT[0])
        if not event_count and not self.held:
            return
        for frame, duration_s, label in EVENT.iter_unpack(bytes(out_events[: event_count * EVENT.size])):
            self.held.append((time_ns + frame * 1e9 / rate_hz if rate_hz > 0 else time_ns, duration_s, label))
        del self.held[MOST_EVENTS:]
        (out_ns,) = struct.unpack_from(TIME[1], out, TIME[0])
        waiting, self.held, placed = self.held, [], 0
        for event in waiting:
            frame = math.floor((event[0] - out_ns) * self.output.rate_hz / 1e9 + 1e-6)
            if frame >= count or count == 0:
                self.held.append(event)
                continue
            EVENT.pack_into(out_events, placed * EVENT.size, max(frame, -(2**31)), *event[1:])
            placed += 1
        put(out, EVENT_COUNT, placed)

    def failed(self, error):
        self.error = words_of(error)
        if isinstance(error, SystemExit):
            self.end_as_asked(error)
        now = time.monotonic()
        if now - self.told_s >= TELL_EVERY_S:
            if self.untold:
                print(f"{self.component.type}: {self.untold} more exceptions since", file=sys.stderr)
            tell(error)
            self.told_s, self.untold = now, 0
        else:
            self.untold += 1
        self.score += COST
        if self.score >= TOO_MUCH:
            print(f"{self.component.type}: an exception in block after block, so its process ends", file=sys.stderr)
            leave(EXIT_MEMORY if isinstance(error, MemoryError) else EXIT_FAILURES)
        return FAILED

    def end_as_asked(self, error):
        code = error.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
        leave(code if isinstance(code, int) else 0 if code is None else 1)

    def set(self, pair):
        name, value = pair
        self.params[name] = value
        try:
            if self.object is not None:
                self.object.set(name, value)
        except BaseException as error:
            self.failed(error)

    def deactivate(self):
        self.object = self.call = None

    def latency_s(self):
        return float(self.object.latency_s)

    def idle(self):
        sys.stdout.flush()
        gc.collect()

    # ---- the state: arrays by their names, one after the other, behind a number that stands for their shapes ----

    def shape_of_state(self):
        """[(name, type, shape), ...], or None."""
        if self.object is None or not hasattr(self.object, "save"):
            return None
        return [(name, array.dtype.str, array.shape) for name, array in sorted(self.saved().items())]

    def saved(self):
        state = {name: np.ascontiguousarray(value) for name, value in dict(self.object.save()).items()}
        odd = [name for name, value in state.items() if value.dtype.hasobject]
        if odd:
            raise TypeError(f"{self.component.name}.save gives {odd[0]}, which is no array of numbers")
        return state

    def state_bytes(self):
        if self.state is None:
            return 0
        return 8 + sum(np.dtype(kind).itemsize * math.prod(shape) for _, kind, shape in self.state)

    def mark(self):
        """Of states of the same shape."""
        hash = 14695981039346656037  # FNV-1a
        for byte in repr(self.state).encode():
            hash = (hash ^ byte) * 1099511628211 % 2**64
        return struct.pack("=Q", hash)

    def save(self, memory):
        memory = memory.cast("B")
        memory[:8] = bytes(8)
        try:
            state = self.saved()
            if [(name, state[name].dtype.str, state[name].shape) for name in sorted(state)] != self.state:
                raise TypeError(f"{self.component.name}.save gives other arrays than at first: their shapes must stay")
            at = 8
            for name in sorted(state):
                memory[at : at + state[name].nbytes] = state[name].tobytes()
                at += state[name].nbytes
            memory[:8] = self.mark()
            return OK
        except BaseException as error:
            return self.failed(error)

    def load(self, memory):
        try:
            memory = memory.cast("B")
            if self.state is None or len(memory) != self.state_bytes() or bytes(memory[:8]) != self.mark():
                return FAILED
            state, at = {}, 8
            for name, kind, shape in self.state:
                count = np.dtype(kind).itemsize * math.prod(shape)
                state[name] = np.frombuffer(bytes(memory[at : at + count]), kind).reshape(shape).copy()
                at += count
            self.object.load(state)
            return OK
        except BaseException as error:
            self.error = words_of(error)
            return FAILED


class SourceInstance(Instance):
    def process(self, out, out_data, out_events, out_times):
        """As sb_source_class.read."""
        try:
            room = array(out_data, self.output)
            arguments = {}
            if "block" in self.component.wants:
                arguments["block"] = Block(out, b"", out, out_events, out_times)
            result = self.call(len(room), **arguments)
            if result is None:
                return AGAIN
            put(out, FRAMES, self.take(result, room, len(room), False))
            if self.score:
                self.score -= EARNED
            return OK
        except (StopIteration, EOFError):
            return END
        except BaseException as error:
            self.failed(error)
            return AGAIN


def format_of(told):
    port, rate_hz, channels, values, value_names, max_frames, bin_hz, unit = told
    bins = values if PORTS[port] == "spectrum" else 0
    return Format(PORTS[port], rate_hz, tuple(channels), tuple(value_names), bins, bin_hz, max_frames, unit)


def array(memory, format):
    """A block's memory as frames x channels, or frames x values x channels: the memory itself, no copy."""
    channels, values = len(format.channels), format.value_count
    width = channels * values
    rows = np.frombuffer(memory, np.float32).reshape(-1, (width + 7) & ~7)[:, :width]
    return rows if format.port == "signal" else rows.reshape(-1, values, channels)
