"""symelbo: exact verification of when the evidence lower bound follows the natural gradient of the evidence."""
