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
import subprocess
import sys
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


def measure(tool: str, family: str, size: str, limit: float) -> dict[str, Any] | None:
    """One measurement; None if the limit was exceeded or the tool failed."""
    command = [sys.executable, "-m", "tests.benchmarks.peers", tool, family, size]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def seconds(value: float | None) -> str:
    """Three digits."""
    return "-" if value is None else f"{value:.3g}"


def run(family: str, sizes: list[str], tools: list[str], limit: float) -> list[str]:
    """The table of one family, line by line."""
    peers = [t for t in tools if t != "symelbo"]
    head = ["n", "states", "verdict", "certificate", "MB", "growth", *peers, "best peer / symelbo"]
    lines = [f"### {TITLES[family]}", "", f"| {' | '.join(head)} |", "|" + " ---: |" * len(head)]
    print(*lines, sep="\n", flush=True)
    given_up: set[str] = set()
    before: float | None = None
    for size in sizes:
        own = measure("symelbo", family, size, limit)
        found: dict[str, dict[str, Any] | None] = {}
        for tool in peers:
            found[tool] = None if tool in given_up else measure(tool, family, size, limit)
            if found[tool] is None:
                given_up.add(tool)
        times = [f["verdict"] for f in found.values() if f is not None]
        verdict = None if own is None else own["verdict"]
        for tool, answer in found.items():
            if own is not None and answer is not None and answer["cylindrical"] != own["cylindrical"]:
                raise SystemExit(f"{family} {size}: {tool} disagrees with symelbo: {answer}, {own}")
        cells = [
            size,
            "-" if own is None else str(own["states"]),
            seconds(verdict),
            seconds(None if own is None else own["certificate"]),
            "-" if own is None else str(own["memory"]),
            "" if before is None or verdict is None else f"{verdict / before:.1f}",
            *(seconds(None if f is None else f["verdict"]) for f in found.values()),
            f"{min(times) / verdict:.0f}" if times and verdict else "",
        ]
        before = verdict
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return [*lines, ""]


def preface(limit: float, tools: list[str]) -> list[str]:
    """What was measured, and on what."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("symelbo", "sympy", "python-flint", "numpy")]
    if "Macaulay2" in tools:
        found = subprocess.run(["M2", "--version"], capture_output=True, text=True, check=False).stdout.split()
        versions.append(f"Macaulay2 {found[0] if found else ''}".strip())
    if "SageMath" in tools:
        found = subprocess.run(["sage", "--version"], capture_output=True, text=True, check=False).stdout.split(",")
        versions.append(found[0])
    return [
        "# Benchmarks",
        "",
        "One run of `python -m tests.benchmarks --write`. The work is the same for all: from the table of a model to",
        "the three ranks that decide whether it is cylindrical. Seconds of wall time, each in a process of its own.",
        "",
        "* **verdict**: proved by minors (not cylindrical) or null vectors (cylindrical); **certificate**: from the",
        "  model to one that the independent checker has accepted; **MB**: peak memory; **growth**: of the verdict.",
        "* **sympy**: `Matrix.rank(simplify=True)` of the three matrices; **DomainMatrix**: fraction-free elimination",
        "  over the polynomial ring, sparse; **DomainMatrix mod p**: elimination at one random point modulo a prime,",
        "  which proves lower bounds only; **Macaulay2**, **SageMath**: `rank` over the polynomial ring.",
        f"* `-`: not finished within {limit:g} s, or failed (a peer is then not tried on larger sizes).",
        "",
        f"Machine: {os.cpu_count()} cores, {memory:.0f} GB, other work running. Python {platform.python_version()}, "
        + ", ".join(versions)
        + ". Not installed: "
        + (", ".join(t for t in TOOLS if t not in tools) or "none")
        + ".",
        "",
    ]


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, default=300, help="seconds for a measurement of a peer")
    parser.add_argument("--family", choices=SIZES, action="append", help="only these families")
    parser.add_argument("--write", action="store_true", help="write README.md")
    arguments = parser.parse_args()
    tools = [t for t in TOOLS if available(t)]
    lines = preface(arguments.limit, tools)
    for family in arguments.family or SIZES:
        lines += run(family, SIZES[family], tools, arguments.limit)
    if arguments.write:
        README.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
