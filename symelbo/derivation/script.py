"""What a proof script does at its end: say what it shows, exit with 0 if it holds, write its derivation if asked to."""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Sequence

from symelbo.derivation.story import derive
from symelbo.errors import SymelboError
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.gaussian import Gaussian
from symelbo.models.parametrization import Parametrization


def run_proof(
    main: Callable[[], bool],
    M: Parametrization | Gaussian | ExponentialMixture,
    statement: str | None = None,
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a proof script and return its exit code: 0 if all of it holds, 1 if not, 2 for wrong arguments.

    Parameters
    ----------
    main : callable
        States, checks and prints; returns whether all of it holds.
    M : Parametrization, Gaussian or mixture
        The model of the derivation that ``-o FILE`` writes (.tex, .pdf, .md, .html or .txt).
    statement : str, optional
        The statement of that derivation; default: the whole story of the model.
    arguments : list of str, optional
        Default: those of the command line.

    >>> from symelbo.models import model_a
    >>> run_proof(lambda: True, model_a(), "S3", [])
    What a proof script does at its end: say what it shows, ...
    <BLANKLINE>
    0
    """
    shows = inspect.getdoc(sys.modules[main.__module__]) or inspect.getdoc(main)
    parser = argparse.ArgumentParser(description=shows, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", metavar="FILE", help="write the derivation: .tex, .pdf, .md, .html or .txt")
    output = parser.parse_args(arguments).output
    print(shows, end="\n\n")
    holds = main()
    if output is not None:
        try:
            print(derive(M, statement).save(output))
        except SymelboError as error:
            print(f"error: {error}")
            return 2
    return 0 if holds else 1
