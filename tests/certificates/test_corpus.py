"""The corpus for other checkers: the index is complete, and this checker agrees with every entry."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from symelbo import checker
from tests.certificates import build, corpus
from tests.certificates.build import HERE

INDEX = json.loads((HERE / "index.json").read_text())
FOLDERS = ("accept", "corpus/invalid", "corpus/valid", "reject")


def test_the_index_is_that_of_the_files() -> None:
    assert build.index() == INDEX, "python -m tests.certificates.build writes it anew"


def test_of_every_kind_in_full_there_are_valid_and_invalid_certificates_and_in_all_more_than_150() -> None:
    count = Counter((entry["expected"], entry["kind"]) for entry in INDEX)
    assert all(count[expected, kind] >= 5 for expected in ("valid", "invalid") for kind in corpus.FULL)
    assert min(Counter(entry["expected"] for entry in INDEX if entry["expected"] != "malformed").values()) > 150
    assert sum(path.stat().st_size for folder in FOLDERS for path in (HERE / folder).iterdir()) < 3_000_000


@pytest.mark.parametrize("kind", sorted({str(e["kind"]) for e in INDEX if e["file"].startswith("corpus")}))
def test_the_checker_finds_in_every_file_what_the_index_says(kind: str) -> None:
    for entry in INDEX:
        if entry["file"].startswith("corpus") and str(entry["kind"]) == kind:
            result = checker.check((HERE / entry["file"]).read_text(encoding="ascii"))
            word = ("valid", "invalid", "malformed")[result.exit]
            assert (word, result.reason) == (entry["expected"], entry["reason"]), entry["file"]


@pytest.mark.slow
def test_the_script_writes_the_files_that_are_committed() -> None:
    good, bad = corpus.written()
    for folder, texts in (("valid", good), ("invalid", bad)):
        assert texts == {p.stem: p.read_text(encoding="ascii") for p in (corpus.CORPUS / folder).glob("*.json")}
