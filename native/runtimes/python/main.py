# SPDX-License-Identifier: Apache-2.0
"""The main part of a plugin: runs behind adapter.py, in the same globals, where the engine wants no stages but this.

Texts go both ways over a socket (engine/isolated/main_part.h). There is one thread: while `call` waits for its answer,
services of this plugin are answered, so that two plugins can ask each other, and events wait.
"""
import collections
from types import SimpleNamespace

SOCKET = 3
HEAD = struct.Struct("=II")
TEXT_MESSAGE = 8  # engine/isolated/channel.h
TEXT_BYTES = 1 << 18
MOST_WAITING = 256  # events
DEEPEST = 8  # calls that wait within another's answer
PATIENCE_S = 65  # the box answers before that, if only that nobody else did


Happened, ServiceError = stagebox.Happened, stagebox.ServiceError

module = None
services = {}  # name -> function
handlers = {}  # type of event -> functions
waiting = collections.deque()  # events, as they came
dropped = 0
answers = {}  # call -> (is_well, body)
calls = depth = watches = 0
early = []  # what the file says while it is run; None: it can be said at once


def read_exactly(count):
    parts = []
    while count:
        part = os.read(SOCKET, min(count, 65536))
        if not part:
            leave(0)  # the box has gone
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def write(kind, content):
    left = memoryview(HEAD.pack(kind, len(content)) + content)
    while left:
        left = left[os.write(SOCKET, left) :]


def say(words, body=""):
    content = f"{words}\n{body}".encode("utf-8", "backslashreplace")
    if len(content) > TEXT_BYTES:
        raise ValueError(f"{words}: has {len(content)} bytes, and may have {TEXT_BYTES}")
    if early is None:
        write(TEXT_MESSAGE, content)
    else:
        early.append(content)


def name_of(name):
    if not isinstance(name, str) or not name or any(it.isspace() for it in name):
        raise ValueError(f"{name!r} is no name")
    return name


# ---- what a plugin calls: in the place of those of the module stagebox ----


def subscribe(type, handler=None):
    say(f"subscribe {name_of(type)}")
    handlers.setdefault(type, []).extend([handler] if handler else [])


def publish(type, data=None):
    say(f"publish {name_of(type)}", json.dumps({} if data is None else data, allow_nan=False))


def call(service, request=None):
    global calls, depth
    if early is not None:
        raise ServiceError(f"{service}: only from on_load on")
    if depth >= DEEPEST:
        raise ServiceError(f"{service}: {DEEPEST} calls wait for each other already")
    body = json.dumps(request, allow_nan=False)
    calls += 1
    number, until = calls, time.monotonic() + PATIENCE_S
    say(f"call {number} {name_of(service)}", body)
    depth += 1
    try:
        while number not in answers and time.monotonic() < until:
            take()
    finally:
        depth -= 1
    is_well, body = answers.pop(number, (False, "the box does not answer"))
    if not is_well:
        raise ServiceError(body)
    return json.loads(body)


def watch(folder, debounce_ms=500):
    global watches
    watches += 1
    say(f"watch {watches} {round(debounce_ms)}", os.fspath(folder))
    return watches


def unwatch(subscription):
    say(f"unwatch {int(subscription)}")


def service(function=None, *, name=None):
    if function is None:
        return lambda it: service(it, name=name)
    services[name or function.__name__] = function
    return function


# ---- what comes ----


def take():
    """The next text. Whether it goes on."""
    kind, count = HEAD.unpack(read_exactly(HEAD.size))
    words, _, body = read_exactly(count).decode("utf-8", "replace").partition("\n")
    verb, *rest = words.split(" ")
    if kind != TEXT_MESSAGE or verb == "unload":
        return False
    if verb == "ping":
        say("pong")
    elif verb == "answer":
        answers[int(rest[0])] = (rest[1] == "ok", body)
    elif verb == "request":
        serve_request(int(rest[0]), rest[1], body)
    elif verb == "event":
        keep_event(body)
    return True


def keep_event(body):
    global dropped
    waiting.append(body)
    if len(waiting) > MOST_WAITING:
        waiting.popleft()
        dropped += 1


def serve_request(number, name, body):
    try:
        if name not in services:
            raise LookupError(f"{file_name} has no @service {name}")
        say(f"answer {number} ok", json.dumps(services[name](json.loads(body)), allow_nan=False))
    except Exception as error:
        if not isinstance(error, (LookupError, ValueError)) or own_frames(error):
            tell(error)
        say(f"answer {number} error", words_of(error)[:4096])


def handle_events():
    global dropped
    while waiting:
        lost, dropped = dropped, 0
        happened = Happened(json.loads(waiting.popleft()), lost)
        own = handlers.get(happened.type, []) + handlers.get("*", [])
        for handler in own or [getattr(module, "on_event", None)]:
            try:
                if handler:
                    handler(happened)
            except Exception as error:
                tell(error)


def ask(name, *arguments):
    """Calls a function of the plugin's, if it has it."""
    function = getattr(module, name, None)
    if callable(function):
        function(*arguments)


# ---- called by register.c ----


def open_main(path, data_folder, config):
    """Runs the plugin's file. False, and `problem` says why."""
    global problem, folder, file_name, module
    sys.stdout, sys.stderr = Log(1), Log(2)
    folder, file_name = os.path.split(path)
    offered = dict(publish=publish, subscribe=subscribe, call=call, service=service, watch=watch, unwatch=unwatch)
    try:
        module = run_file(path, data_folder, json.loads(config), offered)
    except BaseException as error:
        tell(error)
        problem = f"{file_name} cannot be run: {words_of(error)}"
    sys.stdout.flush()
    return not problem


def serve_main(context):
    """From the sign to begin on. What to exit with."""
    global early
    try:
        for content in early:
            write(TEXT_MESSAGE, content)
        early = None
        ask("on_load", SimpleNamespace(**json.loads(context)))
        say("loaded")
        handle_events()
        while take():
            handle_events()
            sys.stdout.flush()
        ask("on_unload")
        return 0
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException as error:
        tell(error)
        say("failed", words_of(error))
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
