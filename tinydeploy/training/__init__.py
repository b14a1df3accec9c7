"""Training that makes a network bear fewer bits: used in the conversion's own process only.

`recipe` and `examples` need no TensorFlow; all other modules import it.
"""
