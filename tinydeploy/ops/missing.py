"""INSTEAD: operators that neither engine runs, each with the nearest way out.

The first are those that TensorFlow Lite Micro has; a custom one is named as in `Graph`: CUSTOM and
its own name.
"""

from __future__ import annotations

_SIGNAL = "leave the features to the program around the model"

OF_TFLM: dict[str, str] = {
    "CUSTOM CIRCULAR_BUFFER": "keep the last values in a variable: slice and Concatenate",
    "CUSTOM SignalDelay": _SIGNAL,
    "CUSTOM SignalEnergy": _SIGNAL,
    "CUSTOM SignalFftAutoScale": _SIGNAL,
    "CUSTOM SignalFilterBank": _SIGNAL,
    "CUSTOM SignalFilterBankLog": _SIGNAL,
    "CUSTOM SignalFilterBankSpectralSubtraction": _SIGNAL,
    "CUSTOM SignalFilterBankSquareRoot": _SIGNAL,
    "CUSTOM SignalFramer": _SIGNAL,
    "CUSTOM SignalIrfft": _SIGNAL,
    "CUSTOM SignalOverlapAdd": _SIGNAL,
    "CUSTOM SignalPCAN": _SIGNAL,
    "CUSTOM SignalRfft": _SIGNAL,
    "CUSTOM SignalStacker": _SIGNAL,
    "CUSTOM SignalWindow": _SIGNAL,
    "CUSTOM TFLM_DECODE": "give the model before it was compressed; --scheme deep-compressed",
    "CUSTOM TFLite_Detection_PostProcess": "end the model at boxes and scores; choose among them "
    "in the program around it",
    "CUSTOM ethos-u": "give the model before Vela: no board here has an Ethos-U",
    "IF": "convert without control flow: both branches and a choice (keras.ops.where)",
    "WHILE": "unroll the loop",
}

INSTEAD: dict[str, str] = {
    **OF_TFLM,
    "ATAN2": "leave it to the program around the model",
    "CONV_3D": "TensorFlow Lite Micro has none; Conv2D over stacked channels, or TimeDistributed",
    "CONV_3D_TRANSPOSE": "TensorFlow Lite Micro has none; Conv2DTranspose",
    "LOCAL_RESPONSE_NORMALIZATION": "use BatchNormalization",
    "POW": "multiply the value by itself; square is one operator",
    "REDUCE_ANY": "use REDUCE_MAX of the values before the comparison",
    "REDUCE_PROD": "leave it to the program around the model",
    "SIGN": "use a comparison and keras.ops.where, or hard_tanh",
    "TOPK_V2": "argmax of the outputs, or sort in the program around the model",
}
