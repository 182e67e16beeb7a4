"""What takes long says what it is doing, to those who can see it; afterwards nothing is left of it."""

import io
import os
import sys
import threading
import time
import types
from contextlib import suppress

import pytest

from symelbo import progress
from symelbo.budget import limited
from symelbo.progress import doing

pty = pytest.importorskip("pty")


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "AFTER", 0.001)
    monkeypatch.setattr(progress, "EVERY", 0.001)
    monkeypatch.setenv("TERM", "xterm")


def sees(monkeypatch, stderr):
    monkeypatch.setattr(progress, "sys", types.SimpleNamespace(stderr=stderr, modules=sys.modules))


class Screen(threading.Thread):
    """What is written on a terminal; the test goes on when it has been."""

    def __init__(self, file):
        super().__init__(daemon=True)
        self.file, self.text, self.changed = file, "", threading.Condition()
        self.start()

    def run(self):
        with suppress(OSError):
            while data := os.read(self.file, 1000):
                with self.changed:
                    self.text += data.decode()
                    self.changed.notify()

    def shows(self, text):
        with self.changed:
            return self.changed.wait_for(lambda: text in self.text)


@pytest.fixture
def screen(monkeypatch, at_once):
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stderr:
        sees(monkeypatch, stderr)
        yield Screen(ours)


def test_a_terminal_shows_what_is_done_for_what_and_nothing_when_it_is_done(screen):
    with doing("M") as say:
        assert screen.shows("\r\x1b[2KM, 0 s")
        say("M: S3")
        assert limited(None, "ranks", lambda: screen.shows("\r\x1b[2KM: S3: ranks, 0 s"))
    with doing("N"):
        assert screen.shows("\r\x1b[2K\r\x1b[2KN, 0 s")


def test_work_in_another_process_is_shown_by_this_one_until_it_fails(screen):
    with pytest.raises(ZeroDivisionError):
        limited(60, "a quotient", lambda: time.sleep(0.05) or 1 / 0)
    assert screen.shows("\r\x1b[2Ka quotient, 0 s")
    assert not progress._TASKS


def test_nothing_is_shown_where_nobody_sees_it(monkeypatch, at_once):
    for stderr in (io.StringIO(), None):
        sees(monkeypatch, stderr)
        with doing("a sum"):
            assert progress._line() is None
    monkeypatch.setenv("TERM", "dumb")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stderr:
        sees(monkeypatch, stderr)
        assert progress._line() is None
    os.close(ours)


def test_a_notebook_shows_it_in_the_cell_and_empties_it(monkeypatch, at_once):
    seen, enough = [], threading.Event()

    def show(bundle, **options):
        seen.append(bundle["text/plain"])
        enough.set()
        return types.SimpleNamespace(update=show)

    monkeypatch.setitem(
        sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace(kernel=1))
    )
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=show))
    with doing("a sum"):
        enough.wait()
    assert seen[0] == "a sum, 0 s"
    assert seen[-1] == ""
