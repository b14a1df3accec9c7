"""deep-compressed: pruned-clustered, with the filters Huffman-coded in flash (Han et al., 2016).

The .tflite is that of pruned-clustered: the coding is the aot engine's, decoded on the device. It
is lossless, so any int8 .tflite may have it.
"""

from __future__ import annotations

from tinydeploy.schemes.int8 import configure, left_in_float, refuse
from tinydeploy.schemes.pruned_clustered import train

__all__ = ["configure", "left_in_float", "needs_calibration", "needs_training", "refuse", "train"]

needs_calibration = True
needs_training = True
