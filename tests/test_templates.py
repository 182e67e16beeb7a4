"""`symelbo new` starts files that are valid as they stand, and with all that they offer in comments."""

import re

import pytest
from click.testing import CliRunner

import symelbo as se
from symelbo.cli import main
from symelbo.cli.templates import TEMPLATES
from symelbo.models import model_from_text
from symelbo.models.kinds import CHANGES


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_template_verifies_as_it_stands_and_describes_itself(kind, tmp_path):
    file = tmp_path / "model.toml"
    started = CliRunner().invoke(main, ["new", str(file), "--kind", kind])
    assert started.exit_code == 0
    assert isinstance(se.is_cylindrical(se.load_model(file)), se.Proved | se.Refuted)
    told = CliRunner().invoke(main, ["describe", str(file)])
    assert "parameters" in told.output
    again = CliRunner().invoke(main, ["new", str(file)])
    assert (again.exit_code, "is there already" in again.output) == (2, True)


@pytest.mark.parametrize("kind", [*TEMPLATES, "tables"])
def test_what_a_template_offers_in_comments_is_accepted(kind):
    offered = ("parameters", "constants", "tables") if kind == "tables" else tuple(CHANGES)
    text = re.sub(rf"(?m)^# ({'|'.join(offered)}) = ", r"\1 = ", TEMPLATES.get(kind, TEMPLATES["network"]))
    assert text not in TEMPLATES.values() or kind in ("table", "states", "mixture")
    assert model_from_text(text).describe().parameters


def test_a_bound_of_a_parameter_in_exponentials_names_one_that_is_accepted():
    text = TEMPLATES["table"].replace('"x*p"', '"exp(-x)*p"').replace('"x*(1 - p)"', '"exp(-x)*(1 - p)"')
    text = text.replace('"(1 - x)*q"', '"(1 - exp(-x))*q"').replace('"(1 - x)*(1 - q)"', '"(1 - exp(-x))*(1 - q)"')
    with pytest.raises(se.ExactnessError, match=r"x < 1 is exp\(x\) < exp\(1\), which is not rational; write .* 19/7"):
        model_from_text(text)
    assert model_from_text(text.replace("0 < x < 1", "0 < x")).parameters
    assert model_from_text(text.replace('0 < x < 1"', '0 < x", "exp(x) < 19/7"')).parameters
