"""The four MLPerf Tiny models as nets. `hold` is how their row kernels treat input rows."""

from __future__ import annotations

from arena_nets import Net

from tinydeploy.arena import Window


def _same(size: int, kernel: int, stride: int) -> Window:
    """SAME padding as TFLite has it: the smaller half above."""
    out = -(-size // stride)
    padding = max((out - 1) * stride + kernel - size, 0)
    return Window(size, out, kernel, stride, padding // 2)


def _conv(net: Net, x: str, side: int, kernel: int, stride: int, cin: int, cout: int, hold: str):
    out = -(-side // stride)
    return net.window(x, _same(side, kernel, stride), side * cin, out * cout, hold=hold, both=True)


def kws(hold: str) -> Net:
    net = Net()
    x = net.window(net.input(490), _same(49, 10, 2), 10, 5 * 64, hold=hold)
    for _ in range(4):
        x = net.window(x, _same(25, 3, 1), 5 * 64, 5 * 64, hold=hold, both=True)
        x = net.pixelwise([x], 125, 64, hold="step")
    x = net.rename(net.dense(x, 64))
    net.dense(net.dense(x, 12), 12)
    return net


def resnet(hold: str) -> Net:
    net = Net()
    x = _conv(net, net.input(3072), 32, 3, 1, 3, 16, hold)
    side, cin = 32, 16
    for cout, stride in ((16, 1), (32, 2), (64, 2)):
        y = _conv(net, x, side, 3, stride, cin, cout, hold)
        y = _conv(net, y, side // stride, 3, 1, cout, cout, hold)
        if stride > 1:
            x = _conv(net, x, side, 1, stride, cin, cout, hold)
        side, cin = side // stride, cout
        x = net.pixelwise([x, y], side * side, cout)
    x = net.rename(net.dense(x, 64))
    net.dense(net.dense(x, 10), 10)
    return net


def ad(hold: str) -> Net:
    del hold
    net = Net()
    x = net.input(640)
    for size in (128, 128, 128, 128, 8, 128, 128, 128, 128, 640):
        x = net.dense(x, size)
    return net


def vww(hold: str) -> Net:
    net = Net()
    x = _conv(net, net.input(96 * 96 * 3), 96, 3, 2, 3, 8, hold)
    side, cin = 48, 8
    blocks = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)] + [(128, 1)] * 5
    for cout, stride in [*blocks, (256, 2), (256, 1)]:
        x = _conv(net, x, side, 3, stride, cin, cin, hold)
        side //= stride
        x = net.pixelwise([x], side * side, cout, hold="step")
        cin = cout
    x = net.rename(net.dense(x, 256))
    net.dense(net.dense(x, 2), 2)
    return net
