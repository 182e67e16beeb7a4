"""The pages a newcomer reads: short, with links that lead somewhere, and of the version that is installed."""

import pydoc
import re
from pathlib import Path

import pytest

import symelbo as se

ROOT = Path(__file__).parent.parent
PAGES = [
    *ROOT.glob("*.md"),
    ROOT / "proofs" / "README.md",
    ROOT / "proofs" / "need.md",
    ROOT / "symelbo" / "cli" / "README.md",
    ROOT / "symelbo" / "certificates" / "README.md",
]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        assert found.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.M)
            assert anchor in {t.lower().replace(" ", "-") for t in titles}, target


def test_the_first_page_has_two_screens():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 100


def test_sentences_stand_once():
    seen = {}
    for page in PAGES:
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        for sentence in re.split(r"(?<=[.:;])\s+", " ".join(prose.split())):
            if len(sentence) > 60:
                assert seen.setdefault(sentence, page) == page, sentence


def test_citation_and_changes_are_of_this_version():
    assert f"\nversion: {se.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f'version = "{se.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"\n## {se.__version__}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_types_are_declared():
    assert (ROOT / "symelbo" / "py.typed").exists()


def test_the_reference_is_made_from_docstrings():
    assert "J^T diag(1/p) J" in pydoc.render_doc("symelbo.fisher_metric", renderer=pydoc.plaintext)
    listed = pydoc.render_doc(se, renderer=pydoc.plaintext)
    assert all(name in listed for name in se.__all__)


def test_every_notebook_is_listed_and_every_script_has_one():
    page = (ROOT / "proofs" / "README.md").read_text(encoding="utf-8")
    folder = ROOT / "proofs" / "notebooks"
    scripts = {p.stem for p in folder.glob("*.py")}
    assert scripts == {p.stem for p in folder.glob("*.ipynb")}
    assert all(f"`{name}`" in page for name in scripts)
