"""The gate: what a Coq file has to satisfy before anybody should believe it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from symelbo.certificates.coq.sources import theory_files
from symelbo.errors import SymelboError
from symelbo.processes import program

__all__ = ["compile_theory", "coq_gate", "forbidden_words"]

_FORBIDDEN = re.compile(
    r"\b(Admitted|admit|give_up|Abort|Axiom|Axioms|Parameter|Parameters|Conjecture|Conjectures|Hypothesis|Hypotheses|"
    r"Variable|Variables|Context|Unset|bypass_check|Declare\s+(?!Scope\b)\w+|Primitive|Register|Extract|Load|Redirect|"
    r"Drop)\b"
)


def coq_gate(source: str, *, coqc: str = "coqc", timeout: float = 600, theory: Path | None = None) -> tuple[str, ...]:
    """Compile a Coq file and return the reasons not to believe it (none: it passes).

    The compiler has to accept the file; nothing in it may be admitted or assumed; ``Print Assumptions`` has to say
    "Closed under the global context" for every single theorem; and a theorem with hypotheses needs a companion
    ``NAME_not_vacuous`` which states that these hypotheses, word for word, can be satisfied.

    Parameters
    ----------
    source : str
        The text of the file.
    coqc : str
        The compiler of Coq.
    timeout : float
        Seconds after which compilation counts as failed.
    theory : Path, optional
        The folder of the compiled general theory, for a file that builds on it; without, it is compiled first.
    """
    code = "".join(_code(source))
    reasons = [f"the file contains {word}" for word in forbidden_words(source)]
    statements = _statements(code)
    theorems = re.findall(r"\bTheorem\s+(\w+)", code)
    printed = re.findall(r"\bPrint\s+Assumptions\s+(\w+)", code)
    if not theorems:
        reasons.append("the file has no theorem")
    if sorted(theorems) != sorted(statements):
        reasons.append("a theorem is not of the form: Theorem NAME : STATEMENT. Proof.")
    if sorted(theorems) != sorted(printed):
        reasons.append("Print Assumptions does not name every theorem once")
    for name, statement in statements.items():
        if _hides_hypotheses(statement):
            reasons.append(f"the hypotheses of {name} are not in front of its statement")
        satisfied = _satisfied(statement)
        if satisfied is not None and statements.get(f"{name}_not_vacuous") != satisfied:
            reasons.append(f"no theorem {name}_not_vacuous says that the hypotheses of {name} can be satisfied")
    return (*reasons, *_compiled(source, len(theorems), coqc, timeout, theory))


def forbidden_words(source: str) -> list[str]:
    """The words in a Coq file, outside comments and strings, that admit, assume or switch off something."""
    return sorted({m[1] for m in _FORBIDDEN.finditer("".join(_code(source)))})


def _compiled(source: str, theorems: int, coqc: str, timeout: float, theory: Path | None) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "certificate.v").write_text(source, encoding="utf-8")
        try:
            if "From Symelbo" in source and theory is None:
                theory = Path(folder, "theory")
                compile_theory(theory, coqc=coqc, timeout=timeout)
            library = [] if theory is None else ["-R", str(theory), "Symelbo"]
            run = _run([coqc, "-q", *library, "certificate.v"], Path(folder), timeout)
        except SymelboError as error:
            yield str(error)
            return
        except FileNotFoundError:
            yield f"there is no compiler {coqc} (Debian: apt install coq)"
            return
        except subprocess.TimeoutExpired:
            yield f"coqc did not finish in {timeout} seconds"
            return
    if run.returncode:
        yield f"coqc refuses the file: {run.stderr.strip()[:500]}"
    closed = run.stdout.count("Closed under the global context")
    if closed != theorems or "Axioms:" in run.stdout:
        yield f"{closed} of {theorems} theorems are closed under the global context"


def compile_theory(folder: Path, *, coqc: str = "coqc", timeout: float = 600) -> None:
    """Write the general theory into a folder and compile it there, for ``coqc -R FOLDER Symelbo FILE.v``.

    Raises
    ------
    SymelboError
        The compiler refuses a file: mathcomp is missing, or not 1.15.
    """
    folder.mkdir(exist_ok=True)
    for name, text in theory_files().items():
        (folder / name).write_text(text, encoding="ascii")
        if name.endswith(".v"):
            run = _run([coqc, "-q", "-w", "none", "-R", ".", "Symelbo", name], folder, timeout)
            if run.returncode:
                raise SymelboError(
                    f"{coqc} refuses {name} of the theory: {run.stderr.strip()[:500]} (Debian: apt install "
                    "libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics)"
                )


def _run(command: list[str], folder: Path, timeout: float) -> subprocess.CompletedProcess[str]:
    return program(command, cwd=folder, text=True, timeout=timeout)


def _code(source: str) -> Iterator[str]:
    """The text without comments, which nest, and without strings, in which the marks of comments mean nothing."""
    depth, inside = 0, False
    for token in re.findall(r"\(\*|\*\)|\"|[^(*\")]+|.", source, flags=re.DOTALL):
        if token == '"':
            inside = not inside
        elif not inside and token == "(*":
            depth += 1
        elif not inside and token == "*)" and depth:
            depth -= 1
        elif not inside and not depth:
            yield token
            continue
        yield " "


def _statements(code: str) -> dict[str, str]:
    """The statements of the theorems by name, with single spaces."""
    found = re.findall(r"\bTheorem\s+(\w+)\s*:\s*(.*?)\.\s+Proof\.", code, flags=re.DOTALL)
    return {name: " ".join(statement.split()) for name, statement in found}


def _satisfied(statement: str) -> str | None:
    """What the companion of a theorem with hypotheses has to state; None for one without."""
    binders, body = _bound(statement)
    ends = _outside(body, "->")
    if not ends:
        return None
    parts = [body[a:b].strip() for a, b in zip([0, *(e + 2 for e in ends)], ends, strict=False)]
    return (f"exists {binders}, " if binders else "") + " /\\ ".join(parts)


def _hides_hypotheses(statement: str) -> bool:
    """Whether an arrow stands where no companion can be expected: in brackets, or after a further quantifier."""
    if statement.startswith("exists "):
        return "->" in statement[next(iter(_outside(statement, ",")), 0) :]
    body = _bound(statement)[1]
    return body.count("->") != len(_outside(body, "->"))


def _bound(statement: str) -> tuple[str, str]:
    """The bound variables of a statement and the rest of it."""
    if not statement.startswith("forall "):
        return "", statement
    cut = next(iter(_outside(statement, ",")), len(statement))
    return statement[len("forall ") : cut], statement[cut + 1 :].strip()


def _outside(text: str, mark: str) -> list[int]:
    """Where a mark occurs outside of all brackets, before any further quantifier."""
    found, depth = [], 0
    for k, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if not depth and text.startswith("forall ", k) and mark == "->":
            break
        if not depth and text.startswith(mark, k):
            found.append(k)
    return found
