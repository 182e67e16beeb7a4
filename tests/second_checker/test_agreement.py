import json
from collections import Counter
from pathlib import Path

import pytest

from tests.second_checker.judge import judge
from tests.second_checker.reading import OTHER_KINDS

CERTIFICATES = Path(__file__).parent.parent / "certificates"
INDEX = json.loads((CERTIFICATES / "index.json").read_text())


@pytest.fixture(scope="module")
def answers():
    return {entry["file"]: judge((CERTIFICATES / entry["file"]).read_bytes()) for entry in INDEX}


def test_two_checkers_agree_on_every_file_that_both_judge(answers):
    judged = [entry for entry in INDEX if answers[entry["file"]][0] != "not judged"]
    assert [e["file"] for e in judged if answers[e["file"]][0] != e["expected"]] == []
    counts = Counter(entry["expected"] for entry in judged)
    assert min(counts["valid"], counts["invalid"], counts["malformed"]) >= 100


def test_only_kinds_that_the_page_leaves_out_are_not_judged(answers):
    for entry in INDEX:
        answer, reason = answers[entry["file"]]
        data = json.loads((CERTIFICATES / entry["file"]).read_bytes()) if answer == "not judged" else {"version": 1}
        assert answer != "not judged" or entry["kind"] in OTHER_KINDS or data["version"] > 2 or reason == "conormal"
