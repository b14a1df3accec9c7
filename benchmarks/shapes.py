"""SHAPES: the layers of the sweep, and for each the neighbour that its cost is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.layer import Layer


@dataclass(frozen=True)
class Shape:
    """A layer and its neighbour, the nearest shape of its family; empty for the first."""

    layer: Layer
    near: str
    behind_pointwise: bool = False

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The model: the layer, which may stand behind a 1×1 convolution as it does in networks."""
        if not self.behind_pointwise:
            return (self.layer,)
        height, width, channels = self.layer.height, self.layer.width, self.layer.channels
        return Layer("CONV_2D", height, width, 16, channels), self.layer


_POINTWISE = Layer("CONV_2D", 16, 16, 32, 32)
_CONV = Layer("CONV_2D", 16, 16, 16, 16, kernel=(3, 3))
_DEPTHWISE = Layer("DEPTHWISE_CONV_2D", 16, 16, 32, 32, kernel=(3, 3))
_ROW = replace(_DEPTHWISE, height=1, width=64, kernel=(1, 9))
_DENSE = Layer("FULLY_CONNECTED", 1, 1, 256, 64)
_AVERAGE = Layer("AVERAGE_POOL_2D", 16, 16, 32, 32, kernel=(8, 8), strides=(8, 8))
_ADD = Layer("ADD", 16, 16, 32, 32)


def _depthwise(channels: int) -> Layer:
    return replace(_DEPTHWISE, channels=channels, filters=channels)


def _chain(name: str, layer: Layer, what: str, largest: int) -> dict[str, Shape]:
    """All values of one of the layer's members below `largest`, each beside the one above."""
    return {
        f"{name} {value}": Shape(replace(layer, **{what: value}), f"{name} {value + 1}")
        for value in range(largest - 1, 0, -1)
    }


def _pools(name: str, layer: Layer) -> dict[str, Shape]:
    """Windows of ever fewer pixels, each beside the next larger one; then ever fewer channels."""
    windows = [(8, 8), (4, 4), (3, 3), (2, 3), (2, 2), (1, 3), (1, 2)]
    shapes = {}
    near = ""
    for height, width in windows:
        shape = replace(layer, kernel=(height, width), strides=(height, width))
        shapes[f"{name} {height}x{width}"] = Shape(shape, near)
        near = f"{name} {height}x{width}"
    square = shapes[f"{name} 2x2"].layer
    near = f"{name} 2x2"
    for channels in (31, 8, 4, 3, 2, 1):
        shape = replace(square, channels=channels, filters=channels)
        shapes[f"{name} 2x2 of {channels}"] = Shape(shape, near)
        near = f"{name} 2x2" if channels == 31 else f"{name} 2x2 of {channels}"
    overlapping = replace(layer, kernel=(3, 3), strides=(1, 1))
    shapes[f"{name} 3x3 stride 1"] = Shape(overlapping, f"{name} 3x3")
    return shapes


_STANDALONE: dict[str, Shape] = {
    "1x1": Shape(_POINTWISE, ""),
    "1x1 in 64": Shape(replace(_POINTWISE, channels=64), "1x1"),
    "1x1 in 33": Shape(replace(_POINTWISE, channels=33), "1x1"),
    "1x1 in 31": Shape(replace(_POINTWISE, channels=31), "1x1"),
    "1x1 in 30": Shape(replace(_POINTWISE, channels=30), "1x1"),
    "1x1 in 8": Shape(replace(_POINTWISE, channels=8), ""),
    "1x1 in 7": Shape(replace(_POINTWISE, channels=7), "1x1 in 8"),
    "1x1 in 4": Shape(replace(_POINTWISE, channels=4), ""),
    "1x1 in 5": Shape(replace(_POINTWISE, channels=5), "1x1 in 4"),
    "1x1 in 3": Shape(replace(_POINTWISE, channels=3), "1x1 in 4"),
    "1x1 out 31": Shape(replace(_POINTWISE, filters=31), "1x1"),
    "1x1 out 33": Shape(replace(_POINTWISE, filters=33), "1x1"),
    "1x1 out 16": Shape(replace(_POINTWISE, filters=16), "1x1"),
    "1x1 out 8": Shape(replace(_POINTWISE, filters=8), "1x1 out 16"),
    **_chain("1x1 out", _POINTWISE, "filters", 8),
    "1x1 in 2": Shape(replace(_POINTWISE, channels=2), "1x1 in 3"),
    "1x1 in 1": Shape(replace(_POINTWISE, channels=1), "1x1 in 2"),
    "1x1 in 8 out 8": Shape(replace(_POINTWISE, channels=8, filters=8), "1x1 in 8"),
    "1x1 in 8 out 4": Shape(replace(_POINTWISE, channels=8, filters=4), "1x1 in 8 out 8"),
    "1x1 in 8 out 3": Shape(replace(_POINTWISE, channels=8, filters=3), "1x1 in 8 out 4"),
    "1x1 in 8 out 2": Shape(replace(_POINTWISE, channels=8, filters=2), "1x1 in 8 out 3"),
    "1x1 in 8 out 1": Shape(replace(_POINTWISE, channels=8, filters=1), "1x1 in 8 out 2"),
    "1x1 in 128 out 1": Shape(replace(_POINTWISE, channels=128, filters=1), "1x1 out 1"),
    "1x1 width 15": Shape(replace(_POINTWISE, width=15), "1x1"),
    "1x1 width 13": Shape(replace(_POINTWISE, width=13), "1x1"),
    "1x1 5x5": Shape(replace(_POINTWISE, height=5, width=5), "1x1"),
    "1x1 on 7 pixels": Shape(replace(_POINTWISE, height=1, width=7), "1x1"),
    "1x1 on 6 pixels": Shape(replace(_POINTWISE, height=1, width=6), "1x1 on 7 pixels"),
    "1x1 on 5 pixels": Shape(replace(_POINTWISE, height=1, width=5), "1x1 on 6 pixels"),
    "1x1 on 3 pixels": Shape(replace(_POINTWISE, height=1, width=3), "1x1 on 5 pixels"),
    "1x1 on 2 pixels": Shape(replace(_POINTWISE, height=1, width=2), "1x1 on 3 pixels"),
    "1x1 on one pixel": Shape(replace(_POINTWISE, height=1, width=1), "1x1 on 2 pixels"),
    "1x1 stride 2": Shape(replace(_POINTWISE, strides=(2, 2)), "1x1"),
    "1x1 stride 2 on 15x15": Shape(
        replace(_POINTWISE, height=15, width=15, strides=(2, 2)), "1x1 stride 2"
    ),
    "1x1 in 33 stride 2": Shape(replace(_POINTWISE, channels=33, strides=(2, 2)), "1x1 in 33"),
    "1x1 batch 3": Shape(replace(_POINTWISE, height=8, width=8, batch=3), "1x1"),
    "1x1 in 2 groups": Shape(replace(_POINTWISE, groups=2), "1x1 out 16"),
    "1x1 in 4 groups": Shape(replace(_POINTWISE, groups=4), "1x1 in 8 out 8"),
    "1x1 clamped": Shape(replace(_POINTWISE, zero_point=-10), "1x1"),
    "1x1 in 31 out 31 width 15": Shape(Layer("CONV_2D", 16, 15, 31, 31), "1x1"),
    "3x3": Shape(_CONV, ""),
    "3x3 in 17": Shape(replace(_CONV, channels=17), "3x3"),
    "3x3 in 15": Shape(replace(_CONV, channels=15), "3x3"),
    "3x3 in 14": Shape(replace(_CONV, channels=14), "3x3"),
    "3x3 in 8": Shape(replace(_CONV, channels=8), "3x3"),
    "3x3 in 4": Shape(replace(_CONV, channels=4), "3x3 in 8"),
    "3x3 in 5": Shape(replace(_CONV, channels=5), "3x3 in 4"),
    "3x3 in 3": Shape(replace(_CONV, channels=3), "3x3 in 4"),
    "3x3 in 2": Shape(replace(_CONV, channels=2), "3x3 in 3"),
    "3x3 in 1": Shape(replace(_CONV, channels=1), "3x3 in 2"),
    "3x3 out 15": Shape(replace(_CONV, filters=15), "3x3"),
    "3x3 out 8": Shape(replace(_CONV, filters=8), "3x3"),
    **_chain("3x3 out", _CONV, "filters", 8),
    "3x3 in 3 out 8": Shape(replace(_CONV, channels=3, filters=8), "3x3 in 3"),
    "3x3 in 3 out 4": Shape(replace(_CONV, channels=3, filters=4), "3x3 in 3 out 8"),
    "3x3 in 3 out 3": Shape(replace(_CONV, channels=3, filters=3), "3x3 in 3 out 4"),
    "3x3 in 3 out 2": Shape(replace(_CONV, channels=3, filters=2), "3x3 in 3 out 3"),
    "3x3 in 3 out 1": Shape(replace(_CONV, channels=3, filters=1), "3x3 in 3 out 2"),
    "3x3 in 1 out 8": Shape(replace(_CONV, channels=1, filters=8), "3x3 in 1"),
    "3x3 in 1 out 4": Shape(replace(_CONV, channels=1, filters=4), "3x3 in 1 out 8"),
    "3x3 in 1 out 3": Shape(replace(_CONV, channels=1, filters=3), "3x3 in 1 out 4"),
    "3x3 in 1 out 2": Shape(replace(_CONV, channels=1, filters=2), "3x3 in 1 out 3"),
    "3x3 in 1 out 1": Shape(replace(_CONV, channels=1, filters=1), "3x3 in 1 out 2"),
    "3x3 width 15": Shape(replace(_CONV, width=15), "3x3"),
    "3x3 width 13": Shape(replace(_CONV, width=13), "3x3"),
    "3x3 5x5": Shape(replace(_CONV, height=5, width=5), "3x3"),
    "3x3 stride 2": Shape(replace(_CONV, strides=(2, 2)), "3x3"),
    "3x3 stride 2x1": Shape(replace(_CONV, strides=(2, 1)), "3x3"),
    "3x3 dilation 2": Shape(replace(_CONV, dilation=(2, 2)), "3x3"),
    "3x3 valid": Shape(replace(_CONV, same=False), "3x3"),
    "3x3 clamped": Shape(replace(_CONV, zero_point=-10), "3x3"),
    "3x3 in 1 stride 2": Shape(replace(_CONV, channels=1, strides=(2, 2)), "3x3 in 1"),
    "3x3 in 3 dilation 2": Shape(replace(_CONV, channels=3, dilation=(2, 2)), "3x3 in 3"),
    "3x3 in 1 dilation 2": Shape(replace(_CONV, channels=1, dilation=(2, 2)), "3x3 in 1"),
    "3x3 dilation 2 stride 2": Shape(
        replace(_CONV, dilation=(2, 2), strides=(2, 2)), "3x3 dilation 2"
    ),
    "3x3 padded by 2, 0, 0, 1": Shape(replace(_CONV, pads=(2, 0, 0, 1), same=False), "3x3 valid"),
    "3x3 on 3x3": Shape(replace(_CONV, height=3, width=3), "3x3 5x5"),
    "3x3 on 2x2": Shape(replace(_CONV, height=2, width=2), "3x3 on 3x3"),
    "3x3 on one pixel": Shape(replace(_CONV, height=1, width=1), "3x3 on 2x2"),
    "3x3 of the whole": Shape(replace(_CONV, height=3, width=3, same=False), "3x3"),
    "5x5 on 3x3": Shape(replace(_CONV, height=3, width=3, kernel=(5, 5)), "3x3 on 3x3"),
    "3x3 batch 3": Shape(replace(_CONV, height=8, width=8, batch=3), "3x3"),
    "3x3 in 3 batch 3": Shape(replace(_CONV, height=8, width=8, channels=3, batch=3), "3x3 in 3"),
    "3x3 in 8 out 8": Shape(replace(_CONV, channels=8, filters=8), "3x3 in 8"),
    "3x3 in 2 groups": Shape(replace(_CONV, groups=2), "3x3 in 8 out 8"),
    "3x3 in 2 groups stride 2": Shape(replace(_CONV, groups=2, strides=(2, 2)), "3x3 in 2 groups"),
    "3x3 of 18 in 2 groups": Shape(replace(_CONV, channels=18, groups=2), "3x3 in 2 groups"),
    "3x3 of 32 in 2 groups": Shape(replace(_CONV, channels=32, filters=32, groups=2), "3x3"),
    "3x3 in 4 out 8": Shape(replace(_CONV, channels=4, filters=8), "3x3 in 4"),
    "3x3 in 4 out 4": Shape(replace(_CONV, channels=4, filters=4), "3x3 in 4 out 8"),
    "3x3 in 4 groups": Shape(replace(_CONV, groups=4), "3x3 in 4 out 4"),
    "3x3 in 2 out 8": Shape(replace(_CONV, channels=2, filters=8), "3x3 in 2"),
    "3x3 in 2 out 4": Shape(replace(_CONV, channels=2, filters=4), "3x3 in 2 out 8"),
    "3x3 in 2 out 3": Shape(replace(_CONV, channels=2, filters=3), "3x3 in 2 out 4"),
    "3x3 in 2 out 2": Shape(replace(_CONV, channels=2, filters=2), "3x3 in 2 out 3"),
    "3x3 in 8 groups": Shape(replace(_CONV, groups=8), "3x3 in 2 out 2"),
    "3x3 in 16 groups": Shape(replace(_CONV, groups=16), "3x3 in 1 out 1"),
    "2x2": Shape(replace(_CONV, kernel=(2, 2)), "3x3"),
    "1x3": Shape(replace(_CONV, kernel=(1, 3)), "3x3"),
    "3x1": Shape(replace(_CONV, kernel=(3, 1)), "3x3"),
    "5x5": Shape(replace(_CONV, kernel=(5, 5)), "3x3"),
    "1x7": Shape(replace(_CONV, kernel=(1, 7)), "1x3"),
    "7x1": Shape(replace(_CONV, kernel=(7, 1)), "3x1"),
    "1x7 in 1": Shape(replace(_CONV, channels=1, kernel=(1, 7)), "3x3 in 1"),
    "7x1 in 1": Shape(replace(_CONV, channels=1, kernel=(7, 1)), "3x3 in 1"),
    "5x5 in 2": Shape(replace(_CONV, channels=2, kernel=(5, 5)), "3x3 in 2"),
    "5x5 in 1": Shape(replace(_CONV, channels=1, kernel=(5, 5)), "3x3 in 1"),
    "10x4 in 1 stride 2": Shape(
        Layer("CONV_2D", 49, 10, 1, 64, kernel=(10, 4), strides=(2, 2)), "3x3 in 4"
    ),
    "3x3 in 3 stride 2": Shape(
        Layer("CONV_2D", 32, 32, 3, 8, kernel=(3, 3), strides=(2, 2)), "3x3 in 3"
    ),
    "dw": Shape(_DEPTHWISE, ""),
    "dw 33": Shape(_depthwise(33), "dw"),
    "dw 31": Shape(_depthwise(31), "dw"),
    "dw 8": Shape(_depthwise(8), "dw"),
    "dw 7": Shape(_depthwise(7), "dw 8"),
    "dw 3": Shape(_depthwise(3), "dw 8"),
    "dw 1": Shape(_depthwise(1), "dw 3"),
    "dw width 15": Shape(replace(_DEPTHWISE, width=15), "dw"),
    "dw width 13": Shape(replace(_DEPTHWISE, width=13), "dw"),
    "dw width 4": Shape(replace(_DEPTHWISE, width=4), "dw"),
    "dw width 3": Shape(replace(_DEPTHWISE, width=3), "dw width 4"),
    "dw width 2": Shape(replace(_DEPTHWISE, width=2), "dw width 3"),
    "dw 8x8 pixels": Shape(replace(_DEPTHWISE, height=8, width=8), "dw"),
    "dw 7x7 pixels": Shape(replace(_DEPTHWISE, height=7, width=7), "dw 8x8 pixels"),
    "dw 5x5 pixels": Shape(replace(_DEPTHWISE, height=5, width=5), "dw 7x7 pixels"),
    "dw 4x4 pixels": Shape(replace(_DEPTHWISE, height=4, width=4), "dw 5x5 pixels"),
    "dw 3x3 pixels": Shape(replace(_DEPTHWISE, height=3, width=3), "dw 5x5 pixels"),
    "dw whole 3x3": Shape(replace(_DEPTHWISE, height=3, width=3, same=False), "dw 3x3 pixels"),
    "dw whole 7x7": Shape(
        replace(_DEPTHWISE, height=7, width=7, kernel=(7, 7), same=False), "dw whole 3x3"
    ),
    "dw stride 2": Shape(replace(_DEPTHWISE, strides=(2, 2)), "dw"),
    "dw stride 2 clamped": Shape(
        replace(_DEPTHWISE, strides=(2, 2), zero_point=-10), "dw stride 2"
    ),
    "dw stride 2 valid": Shape(replace(_DEPTHWISE, strides=(2, 2), same=False), "dw stride 2"),
    "dw stride 2 width 15": Shape(replace(_DEPTHWISE, strides=(2, 2), width=15), "dw stride 2"),
    "dw stride 2 6x6 pixels": Shape(
        replace(_DEPTHWISE, strides=(2, 2), height=6, width=6), "dw stride 2"
    ),
    "dw stride 2x1": Shape(replace(_DEPTHWISE, strides=(2, 1)), "dw stride 2"),
    "dw stride 1x2": Shape(replace(_DEPTHWISE, strides=(1, 2)), "dw stride 2"),
    "dw stride 3": Shape(replace(_DEPTHWISE, strides=(3, 3)), "dw stride 2"),
    "dw dilation 2": Shape(replace(_DEPTHWISE, dilation=(2, 2)), "dw"),
    "dw valid": Shape(replace(_DEPTHWISE, same=False), "dw"),
    "dw 5x5": Shape(replace(_DEPTHWISE, kernel=(5, 5)), "dw"),
    "dw 5x5 clamped": Shape(replace(_DEPTHWISE, kernel=(5, 5), zero_point=-10), "dw 5x5"),
    "dw 5x5 dilation 2": Shape(replace(_DEPTHWISE, kernel=(5, 5), dilation=(2, 2)), "dw 5x5"),
    "dw 5x5 stride 2": Shape(replace(_DEPTHWISE, kernel=(5, 5), strides=(2, 2)), "dw 5x5"),
    "dw 4x4": Shape(replace(_DEPTHWISE, kernel=(4, 4)), "dw"),
    "dw 7x7": Shape(replace(_DEPTHWISE, kernel=(7, 7)), "dw 5x5"),
    "dw 2x2": Shape(replace(_DEPTHWISE, kernel=(2, 2)), "dw"),
    "dw 1x3": Shape(replace(_DEPTHWISE, kernel=(1, 3)), "dw"),
    "dw 3x1": Shape(replace(_DEPTHWISE, kernel=(3, 1)), "dw 1x3"),
    "dw 1x5": Shape(replace(_DEPTHWISE, kernel=(1, 5)), "dw 1x3"),
    "dw 1x9": Shape(replace(_DEPTHWISE, kernel=(1, 9)), "dw 1x5"),
    "dw 9x1": Shape(replace(_DEPTHWISE, kernel=(9, 1)), "dw 1x9"),
    "dw row 3": Shape(replace(_ROW, kernel=(1, 3)), "dw 1x3"),
    "dw row 9": Shape(_ROW, "dw 1x9"),
    "dw row 31": Shape(replace(_ROW, kernel=(1, 31)), "dw row 9"),
    "dw row 9 valid": Shape(replace(_ROW, width=72, same=False), "dw row 9"),
    "dw row 9 stride 2": Shape(replace(_ROW, strides=(1, 2)), "dw row 9"),
    "dw row 9 dilation 4": Shape(replace(_ROW, dilation=(1, 4)), "dw row 9"),
    "dw row 3 dilation 8": Shape(replace(_ROW, kernel=(1, 3), dilation=(1, 8)), "dw row 3"),
    "dw column 9": Shape(replace(_ROW, height=64, width=1, kernel=(9, 1)), "dw row 9"),
    "dw 10x4 1 to 8 stride 2": Shape(
        Layer("DEPTHWISE_CONV_2D", 49, 10, 1, 8, kernel=(10, 4), strides=(2, 2)), "dw 5x5 stride 2"
    ),
    "dw stride 3 of 2": Shape(replace(_depthwise(2), strides=(3, 3)), "dw stride 3"),
    "dw stride 2 dilation 2": Shape(
        replace(_DEPTHWISE, strides=(2, 2), dilation=(2, 2)), "dw stride 2"
    ),
    "dw stride 2x1 dilation 1x2": Shape(
        replace(_DEPTHWISE, strides=(2, 1), dilation=(1, 2)), "dw stride 2x1"
    ),
    "dw 16 to 32 stride 2 dilation 2": Shape(
        replace(_DEPTHWISE, channels=16, strides=(2, 2), dilation=(2, 2)), "dw stride 2 dilation 2"
    ),
    "dw 2x2 of 3": Shape(replace(_depthwise(3), kernel=(2, 2)), "dw 2x2"),
    "dw 2x2 clamped": Shape(replace(_DEPTHWISE, kernel=(2, 2), zero_point=-10), "dw 2x2"),
    "dw 1x2": Shape(replace(_DEPTHWISE, kernel=(1, 2)), "dw 1x3"),
    "dw 1x3 clamped": Shape(replace(_DEPTHWISE, kernel=(1, 3), zero_point=-10), "dw 1x3"),
    "dw 2x3": Shape(replace(_DEPTHWISE, kernel=(2, 3)), "dw"),
    "dw 11x11": Shape(replace(_DEPTHWISE, kernel=(11, 11)), "dw 7x7"),
    "dw 5x5 on 3x3": Shape(replace(_DEPTHWISE, height=3, width=3, kernel=(5, 5)), "dw 3x3 pixels"),
    "dw padded by 2, 0, 0, 1": Shape(
        replace(_DEPTHWISE, pads=(2, 0, 0, 1), same=False), "dw valid"
    ),
    "dw 64x64": Shape(replace(_depthwise(8), height=64, width=64), "dw 8"),
    "dw 128x4": Shape(replace(_depthwise(8), height=128, width=4), "dw 8"),
    "dw batch 3": Shape(replace(_DEPTHWISE, height=8, width=8, batch=3), "dw 8x8 pixels"),
    "dw clamped": Shape(replace(_DEPTHWISE, zero_point=-10), "dw"),
    "dw 16 to 32": Shape(replace(_DEPTHWISE, channels=16), "dw"),
    "dw 1 to 16": Shape(replace(_DEPTHWISE, channels=1, filters=16), "dw 16 to 32"),
    "dense": Shape(_DENSE, ""),
    "dense in 255": Shape(replace(_DENSE, channels=255), "dense"),
    "dense in 257": Shape(replace(_DENSE, channels=257), "dense"),
    "dense clamped": Shape(replace(_DENSE, zero_point=-10), "dense"),
    "dense out 63": Shape(replace(_DENSE, filters=63), "dense"),
    "dense out 8": Shape(replace(_DENSE, filters=8), "dense"),
    **_chain("dense out", _DENSE, "filters", 8),
    "dense in 1024 out 1": Shape(replace(_DENSE, channels=1024, filters=1), "dense out 1"),
    "dense in 64": Shape(replace(_DENSE, channels=64), "dense"),
    "dense in 64 out 16": Shape(replace(_DENSE, channels=64, filters=16), "dense in 64"),
    "dense in 64 out 12": Shape(replace(_DENSE, channels=64, filters=12), "dense in 64 out 16"),
    "dense in 32": Shape(replace(_DENSE, channels=32), "dense"),
    "dense in 16": Shape(replace(_DENSE, channels=16), "dense in 32"),
    "dense in 12": Shape(replace(_DENSE, channels=12), "dense in 16"),
    "dense in 9": Shape(replace(_DENSE, channels=9), "dense in 12"),
    "dense in 8": Shape(replace(_DENSE, channels=8), "dense in 9"),
    "dense batch 2": Shape(replace(_DENSE, batch=2), "dense"),
    "dense batch 10": Shape(replace(_DENSE, batch=10), "dense"),
    "dense batch 10 out 1": Shape(replace(_DENSE, batch=10, filters=1), "dense out 1"),
    **_pools("average", _AVERAGE),
    **_pools("max", replace(_AVERAGE, op="MAX_POOL_2D")),
    "add": Shape(_ADD, ""),
    "add 31": Shape(replace(_ADD, channels=31, filters=31), "add"),
    "add a value a channel": Shape(replace(_ADD, kernel=(0, 0)), "add"),
}

_BEHIND = ("dw", "dw 31", "dw 3", "dw width 15", "dw width 13", "dw stride 2", "dw dilation 2")

SHAPES = {
    **_STANDALONE,
    **{
        f"1x1 > {name}": replace(
            _STANDALONE[name],
            near=f"1x1 > {_STANDALONE[name].near}" if _STANDALONE[name].near in _BEHIND else "",
            behind_pointwise=True,
        )
        for name in (*_BEHIND, "dw valid", "dw 5x5", "dw 1x3", "dw clamped", "dw 16 to 32")
    },
}
