"""What a proof script does at its end: say what it shows, exit with 0 if it holds, write its derivation if asked to."""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Sequence

from symelbo.derivation.story import derive
from symelbo.errors import SymelboError
from symelbo.models.exhibits import continuous_exhibits, exhibits
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.gaussian import Gaussian
from symelbo.models.parametrization import Parametrization
from symelbo.statements import statement as find_statement
from symelbo.verification import verify


def run_proof(
    main: Callable[[], bool],
    M: Parametrization | Gaussian | ExponentialMixture,
    statement: str | None = None,
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a proof script and return its exit code: 0 if all of it holds, 1 if not, 2 for wrong arguments.

    After the script's own proof its statement is decided on a model of every family.

    Parameters
    ----------
    main : callable
        States, checks and prints; returns whether all of it holds.
    M : Parametrization, Gaussian or mixture
        The model of the derivation that ``-o FILE`` writes (.tex, .pdf, .md, .html or .txt).
    statement : str, optional
        The statement of the script and of that derivation; default: the whole story of the model.
    arguments : list of str, optional
        Default: those of the command line.

    >>> from symelbo.models import model_a
    >>> run_proof(lambda: True, model_a(), arguments=[])
    What a proof script does at its end: say what it shows, ...
    <BLANKLINE>
    0
    """
    if not inspect.isfunction(main):
        raise SymelboError(f"run_proof: expected the function of a proof, not {main!r}")
    shows = inspect.getdoc(sys.modules[main.__module__]) or inspect.getdoc(main)
    parser = argparse.ArgumentParser(description=shows, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", metavar="FILE", help="write the derivation: .tex, .pdf, .md, .html or .txt")
    output = parser.parse_args(arguments).output
    print(shows, end="\n\n")
    holds = main()
    if statement is not None:
        holds = on_families(statement) and holds
    if output is not None:
        try:
            print(derive(M, statement).save(output))
        except SymelboError as error:
            print(f"error: {error}")
            return 2
    return 0 if holds else 1


def on_families(statement: str) -> bool:
    """Decide a statement on a model of every family and print the verdicts; whether none is open or contradicts it.

    >>> on_families("S7")  # doctest: +ELLIPSIS
    S7 on the families of models:
      M(a): Proved for all p and q in P(X)...
    True
    """
    chosen = find_statement(statement)
    print(f"{chosen.id} on the families of models:")
    agree = True
    for M in (*exhibits(), *continuous_exhibits()):
        verdict = verify(M, chosen)
        agree &= verdict.kind in ("proved", "not applicable", *(() if chosen.is_theorem else ("refuted",)))
        print(f"  {M.name}: {verdict!r}")
    return agree
