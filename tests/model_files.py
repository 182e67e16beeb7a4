"""Model files that several tests read and change."""

from pathlib import Path

MODELS = Path(__file__).parent.parent / "proofs" / "models"
MODEL_B = (MODELS / "m_b.toml").read_text(encoding="utf-8")
