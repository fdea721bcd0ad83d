# SPDX-License-Identifier: Apache-2.0
import inspect
import pathlib
import tempfile
import unittest

import stagebox
from stagebox.box import adapter
from stagebox.test import OpenMain

MANIFEST = """
id = "counter"
version = "1.2.3"
[runtime]
kind = "python"
script = "main.py"
[main]
[config.start]
kind = "integer"
default = 5
[permissions]
subscribe = ["Marker", "StageOp"]
publish = ["counter.loaded", "counter.marked", "counter.heard"]
services = ["other.twice"]
"""
CODE = """
import stagebox
from stagebox import config, publish, subscribe, call, service

total = config["start"]

def on_load(context):
    subscribe("Marker", lambda event: publish("counter.marked", {"label": event.data["label"], "lost": event.lost}))
    subscribe("StageOp")
    publish("counter.loaded", {"plugin": context.plugin, "twice": call("other.twice", 2)})

def on_event(event):
    publish("counter.heard", {"type": event.type})

@service
def add(request):
    global total
    total += request["amount"]
    return {"total": total}

@service(name="forbidden")
def _(request):
    return call("other.secret")
"""


class MainBench(unittest.TestCase):
    def open(self, code=CODE, **options):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        pathlib.Path(folder.name, "plugin.toml").write_text(MANIFEST)
        pathlib.Path(folder.name, "main.py").write_text(code)
        return OpenMain(folder.name, services={"other.twice": lambda it: 2 * it}, **options)

    def test_it_hears_what_it_subscribed_to(self):
        main = self.open()
        main.happens("Marker", {"label": "go"}, lost=2)
        main.happens("StageOp")
        main.happens("PipelineStarted")
        loaded = ("counter.loaded", {"plugin": "counter", "twice": 4})
        marked = ("counter.marked", {"label": "go", "lost": 2})
        self.assertEqual(main.published, [loaded, marked, ("counter.heard", {"type": "StageOp"})])
        self.assertEqual(main.calls, [("other.twice", 2)])

    def test_it_serves_and_each_begins_anew(self):
        self.assertEqual(self.open().ask("add", {"amount": 2}), {"total": 7})
        self.assertEqual(self.open(config={"start": 100}).ask("add", {"amount": 2}), {"total": 102})
        with self.assertRaisesRegex(stagebox.ServiceError, "may not call other.secret"):
            self.open().ask("forbidden")
        with self.assertRaisesRegex(stagebox.ServiceError, "has no @service nothing"):
            self.open().ask("nothing")

    def test_it_may_do_what_its_manifest_asks_for(self):
        for line in ['subscribe("*")', 'publish("other.event")']:
            with self.assertRaises(PermissionError):
                self.open(f"import stagebox\nstagebox.{line}")
            with self.assertRaises(PermissionError):
                self.open(f"import stagebox\ndef on_load(_):\n    stagebox.{line}")

    def test_what_a_handler_raises_is_raised(self):
        main = self.open('import stagebox\nstagebox.subscribe("Marker", lambda event: 1 / 0)')
        with self.assertRaises(ZeroDivisionError):
            main.happens("Marker")
        with self.assertRaises(SyntaxError):
            self.open("def")


class Agreement(unittest.TestCase):
    def test_what_a_box_puts_in_the_place_of_a_name_is_called_like_it(self):
        box = adapter(with_main=True)
        for name in ("subscribe", "publish", "call", "service"):
            shapes = [
                [(it.name, it.kind, it.default) for it in inspect.signature(function).parameters.values()]
                for function in (getattr(stagebox, name), box[name])
            ]
            self.assertEqual(shapes[0], shapes[1], name)

    def test_a_block_has_what_the_module_says_of_it(self):
        box = adapter()
        said = {*inspect.get_annotations(stagebox.Block), "time_of", "set_times", "add_event"}
        self.assertEqual(said, {name for name in vars(box["Block"]) if not name.startswith("_")})


if __name__ == "__main__":
    unittest.main()
