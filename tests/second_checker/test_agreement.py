import json
from collections import Counter
from pathlib import Path

import pytest

from tests.second_checker.judge import judge
from tests.second_checker.reading import JUDGED

CERTIFICATES = Path(__file__).parent.parent / "certificates"
INDEX = json.loads((CERTIFICATES / "index.json").read_text())


@pytest.fixture(scope="module")
def answers():
    return {entry["file"]: judge((CERTIFICATES / entry["file"]).read_bytes()) for entry in INDEX}


def test_two_checkers_agree_on_every_file_that_both_judge(answers):
    judged = [entry for entry in INDEX if answers[entry["file"]][0] != "not judged"]
    assert [e["file"] for e in judged if answers[e["file"]][0] != e["expected"]] == []
    counts = Counter(entry["expected"] for entry in judged)
    assert min(counts["valid"], counts["invalid"], counts["malformed"]) >= 150


def test_only_kinds_that_the_page_leaves_out_are_not_judged(answers):
    left = [e["file"] for e in INDEX if answers[e["file"]][0] == "not judged" and e["kind"] in JUDGED]
    assert {json.loads((CERTIFICATES / file).read_bytes())["version"] for file in left} == {3, 4}
