"""Random nets: chains, residuals, joins and parts, with windows of any shape and with abstract
schedules."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from arena_checker import Moment
from arena_nets import Net

from tinydeploy.arena import Step, Window


def random_net(seed: int, calls: int | None = None, *, exact: bool = False) -> Net:
    """`exact`: only calls that read all that they declare, so that every overlap beyond what is
    allowed destroys something."""
    random = Random(seed)
    net = Net()
    fresh = [net.input(_size(random)) for _ in range(random.randint(1, 2))]
    for _ in range(calls or random.randint(1, 12)):
        source = fresh[-1] if random.random() < 0.7 else random.choice(fresh)
        kinds = [_abstract, _add, _dense] if exact else [_abstract, _add, _dense, _window, _parts]
        fresh += random.choice(kinds)(random, net, source, fresh)
        if random.random() < 0.5:
            fresh = fresh[-3:]
    return net


def _size(random: Random) -> int:
    return random.choice(
        (random.randint(1, 40), 4 * random.randint(1, 60), 16 * random.randint(1, 12))
    )


def _scratch(random: Random) -> int:
    return random.choice((0, 0, random.randint(1, 100)))


def _window(random: Random, net: Net, source: str, fresh: list[str]) -> list[str]:
    del fresh
    size = net.sizes[source]
    in_rows = random.choice([n for n in range(1, 25) if size % n == 0])
    kernel, stride, dilation = random.randint(1, 5), random.randint(1, 3), random.choice((1, 1, 2))
    reach = (kernel - 1) * dilation + 1
    pad = random.randint(0, kernel - 1)
    below = random.randint(0, kernel - 1)
    out_rows = max((in_rows + pad + below - reach) // stride + 1, 1)
    window = Window(in_rows, out_rows, kernel, stride, pad, dilation)
    return [
        net.window(
            source,
            window,
            size // in_rows,
            random.choice((size // in_rows, random.randint(1, 20))),
            hold=random.choice(("copied", "step", "direct")),
            block=random.randint(1, 3),
            scratch=_scratch(random),
            both=random.random() < 0.5,
        )
    ]


def _add(random: Random, net: Net, source: str, fresh: list[str]) -> list[str]:
    equal = [t for t in fresh if net.sizes[t] == net.sizes[source]]
    other = random.choice(equal)
    count = random.choice([n for n in range(1, 30) if net.sizes[source] % n == 0])
    hold = random.choice(("step", "direct"))
    scratch = _scratch(random)
    out = random.choice((net.sizes[source] // count, random.randint(1, 12)))
    return [net.pixelwise([source, other], count, out, hold=hold, block=2, scratch=scratch)]


def _dense(random: Random, net: Net, source: str, fresh: list[str]) -> list[str]:
    del fresh
    hold = random.choice(("direct", "copied"))
    return [net.dense(source, _size(random), hold=hold, scratch=_scratch(random))]


def _parts(random: Random, net: Net, source: str, fresh: list[str]) -> list[str]:
    if random.random() < 0.3:
        return [net.rename(source)]
    if random.random() < 0.5 and net.sizes[source] >= 8:
        cut = net.sizes[source] // 8 * 4
        return net.split(source, [cut, net.sizes[source] - cut])
    # A tensor can be part of one concatenation only, so the parts are new.
    parts = [net.dense(source, 4 * random.randint(1, 20)) for _ in range(random.randint(2, 3))]
    if random.random() < 0.5:
        del fresh
        parts[0] = net.pixelwise([parts[0]], net.sizes[parts[0]], 1)
    return [*parts[:1], net.concatenate(parts)]


def _abstract(random: Random, net: Net, source: str, fresh: list[str]) -> list[str]:
    del fresh
    size, out = net.sizes[source], _size(random)
    orders = {name: _schedule(random, size, out) for name in ("one", "two")[: random.randint(1, 2)]}
    if "one" in orders:
        orders = {"forward": orders.pop("one"), **orders}
    moments = {}
    for name, steps in orders.items():
        before = (0, size)
        found = []
        for step in steps:
            found.append(Moment(((source, *before),), (("", *step.written),)))
            before = step.needed
        moments[name] = (*found, Moment(((source, *before),)))
    return [net.walk([(source, orders)], out, moments, scratch=_scratch(random))]


def _schedule(random: Random, size: int, out: int) -> tuple[Step, ...]:
    """Writes the output in pieces, ascending, descending or in any order, while the needed range
    shrinks."""
    count = random.randint(1, min(6, out))
    cuts = sorted({0, out, *(random.randint(0, out) for _ in range(count - 1))})
    pieces = list(pairwise(cuts))
    style = random.choice(("up", "down", "any"))
    if style == "down":
        pieces.reverse()
    elif style == "any":
        random.shuffle(pieces)
    low, high = 0, size
    steps = []
    for number, piece in enumerate(pieces):
        left = (high - low) * (len(pieces) - number - 1) // len(pieces)
        free = random.randint(0, high - low - left)
        if style == "down":
            high -= free
        elif style == "up":
            low += free
        else:
            low += free // 2
            high -= free - free // 2
        steps.append(Step(piece, (low, high)))
    return tuple(steps)
