"""symelbo and its peers on the same work, side by side: ``python -m tests.benchmarks [--limit SECONDS] [--write]``.

Every measurement runs in a process of its own with a time limit; a tool that exceeds it is not asked for larger models
of the family.  ``--write`` puts the table into README.md next to this file.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.benchmarks.peers import TOOLS, available

SIZES = {
    "naive-bayes": [str(n) for n in range(2, 17)],
    "rbm": ["3x2", "4x2", "4x3", "5x3", "6x3", "6x4", "8x4"],
    "hmm": [str(n) for n in range(3, 9)],
    "dag": [str(n) for n in range(6, 15, 2)],
}
TITLES = {
    "naive-bayes": "Naive Bayes, n leaves",
    "rbm": "Restricted Boltzmann machines",
    "hmm": "Hidden Markov models, length n",
    "dag": "Random networks of n nodes, a third of them hidden",
}
README = Path(__file__).parent / "README.md"
MODULAR = "DomainMatrix mod p"
# Seconds of processor time for the start of a process, and the limit for symelbo itself.
START, OWN = 5, 300


def measure(tool: str, family: str, size: str, limit: float) -> dict[str, Any] | str:
    """One measurement, or why there is none."""
    found: dict[str, Any] | str = answer(["tests.benchmarks.peers", tool, family, size], limit)
    return found


def answer(module: list[str], limit: float) -> Any:
    """What a module prints last, read as JSON, or why there is nothing; no process that it started survives."""
    with subprocess.Popen(
        [sys.executable, "-m", *module],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            while True:
                try:
                    output, _ = process.communicate(timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    if processor_time(process.pid) > limit + START:
                        return f"> {limit:g}"
        finally:
            end(process.pid)
    return json.loads(output.splitlines()[-1]) if process.returncode == 0 else "failed"


def end(session: int) -> None:
    """Kill what is left of a session: a program may have put its own processes into other groups."""
    while left := [pid for pid, fields in members(session) if fields[0] != "Z"]:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def members(session: int) -> Iterator[tuple[int, list[str]]]:
    """The processes of a session, with what /proc says of them from their state on."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                yield int(stat.parent.name), fields


def processor_time(session: int) -> float:
    """Seconds that all processes of a session have used (a limit set in the process would make its clock coarse)."""
    total = sum(int(n) for _, fields in members(session) for n in fields[11:15])
    return total / os.sysconf("SC_CLK_TCK")


def seconds(value: float) -> str:
    """Three digits."""
    return f"{value:.3g}"


def run(family: str, sizes: list[str], tools: list[str], limit: float, write: Callable[[list[str]], None]) -> list[str]:
    """The table of one family, line by line."""
    peers = [t for t in tools if t != "symelbo"]
    head = ["n", "states", "verdict is", "screen", "verdict", "certificate", "MB", "growth", *peers]
    head += ["mod p / screen", "best exact peer / verdict"]
    lines = [
        f"### {TITLES[family]}",
        "",
        f"| {' | '.join(head)} |",
        "| ---: | ---: | --- |" + " ---: |" * (len(head) - 3),
    ]
    print(*lines, sep="\n", flush=True)
    given_up: set[str] = set()
    before: float | None = None
    for size in sizes:
        own = measure("symelbo", family, size, max(limit, OWN))
        found = {tool: "" if tool in given_up else measure(tool, family, size, limit) for tool in peers}
        given_up |= {tool for tool, answer in found.items() if isinstance(answer, str)}
        for tool, answer in found.items():
            if isinstance(own, dict) and isinstance(answer, dict) and answer["cylindrical"] != own["cylindrical"]:
                raise SystemExit(f"{family} {size}: {tool} disagrees with symelbo: {answer}, {own}")
        lines.append(f"| {' | '.join(_cells(size, own, found, before))} |")
        before = own["verdict"] if isinstance(own, dict) else None
        print(lines[-1], flush=True)
        write(lines)
    return [*lines, ""]


def _cells(
    size: str, own: dict[str, Any] | str, found: dict[str, dict[str, Any] | str], before: float | None
) -> list[str]:
    times = {t: a["verdict"] for t, a in found.items() if isinstance(a, dict)}
    peers = [seconds(a["verdict"]) if isinstance(a, dict) else a for a in found.values()]
    if isinstance(own, str):
        return [size, "", own, "", "", "", "", "", *peers, "", ""]
    exact = [t for tool, t in times.items() if tool != MODULAR]
    return [
        size,
        str(own["states"]),
        own["kind"],
        *(seconds(own[k]) for k in ("screen", "verdict", "certificate")),
        str(own["memory"]),
        "" if before is None else f"{own['verdict'] / before:.1f}",
        *peers,
        f"{times[MODULAR] / own['screen']:.0f}" if MODULAR in times else "",
        f"{min(exact) / own['verdict']:.0f}" if exact else "",
    ]


def preface(limits: dict[str, float], tools: list[str], options: str) -> list[str]:
    """What was measured, and on what."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("symelbo", "sympy", "python-flint", "numpy")]
    if "Macaulay2" in tools:
        shown = subprocess.run(["M2", "--version"], capture_output=True, text=True, check=False).stdout.split()
        versions.append(f"Macaulay2 {shown[0] if shown else ''}".strip())
    if "SageMath" in tools:
        shown = subprocess.run(["sage", "--version"], capture_output=True, text=True, check=False).stdout.split(",")
        versions.append(shown[0])
    shown_limits = ", ".join(f"{n} {s:g}" for n, s in limits.items())
    missing = ", ".join(t for t in TOOLS if t not in tools) or "none"
    machine = f"{os.cpu_count()} cores, {memory:.0f} GB. Python {platform.python_version()}, {', '.join(versions)}"
    text = PREFACE.format(options=options, limits=shown_limits, machine=machine, missing=missing)
    return text.splitlines()


PREFACE = """\
# Benchmarks

One run of `python -m tests.benchmarks --write{options}`. The work is the same for all: from the table of
a model to the three ranks that decide whether it is cylindrical. Seconds of processor time (user and
system, of the process and its children), each measurement in a process of its own, imports and program
starts not counted; processor time hardly depends on what else the machine does.

* **screen**: symelbo's ranks at one random point modulo a prime, lower bounds that prove nothing else;
  **verdict**: proved, by minors modulo a prime that exceed a bound of rank J (not cylindrical) or by null
  vectors (cylindrical); **certificate**: from the model to a certificate that the independent checker has
  accepted; **verdict is**: what that certificate says; **MB**: peak memory; **growth**: of the verdict.
* **sympy**: `Matrix.rank(simplify=True)` of the three matrices; **DomainMatrix**: fraction-free
  elimination over the polynomial ring, sparse; **DomainMatrix mod p**: elimination at one random point
  modulo a prime, which proves lower bounds only, so that it is compared with the screen; **Macaulay2**,
  **SageMath**: `rank` over the polynomial ring.
* `> s`: not finished within s seconds of processor time ({limits});
  an empty cell: not tried, because the tool had not finished on a smaller model of the family.

Machine: {machine}.
Not installed: {missing}.

"""


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, default=300, help="seconds for a peer on naive Bayes")
    parser.add_argument("--other-limit", type=float, default=100, help="seconds for a peer on other families")
    parser.add_argument("--family", choices=SIZES, action="append", help="only these families")
    parser.add_argument("--write", action="store_true", help="write README.md, after every line")
    arguments = parser.parse_args()
    tools = [t for t in TOOLS if available(t)]
    families = arguments.family or list(SIZES)
    limits = {n: arguments.limit if n == "naive-bayes" else arguments.other_limit for n in families}
    given = [a for a in sys.argv[1:] if a != "--write"]
    done = preface(limits, tools, "".join(f" {a}" for a in given))

    def write(lines: list[str]) -> None:
        if arguments.write:
            README.write_text("\n".join([*done, *lines, "", *kept()]) + "\n", encoding="utf-8")

    for family in families:
        done += run(family, SIZES[family], tools, limits[family], write)
    write([])


def kept() -> list[str]:
    """The end of the README, which no run writes: what the tables show, and the atlas."""
    old = README.read_text(encoding="utf-8") if README.exists() else ""
    start = "### What the tables show"
    return old[old.index(start) :].rstrip().splitlines() if start in old else []


if __name__ == "__main__":
    main()
