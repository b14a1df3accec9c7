"""tinydeploy: a Keras model becomes a verified, measured firmware, in one command."""

__version__ = "0.1.0"
