"""The memory planner against the independent checker, brute force, and the figures of known
models."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import product

import pytest
from arena_checker import Clobbered, Moment, Run, replay
from arena_models import ad, kws, resnet, vww
from arena_nets import Net
from arena_random import random_net
from hypothesis import given, settings
from hypothesis import strategies as st

from tinydeploy.arena import Access, Buffer, Inside, Request, Step, Window, at_once, place, rows

RANDOM_NETS = int(os.environ.get("TINYDEPLOY_ARENA_NETS", "300"))
"""How many random nets are replayed; the release check uses 10000."""


@pytest.mark.parametrize("tens", range(10))
def test_no_random_net_is_clobbered(tens: int) -> None:
    for seed in range(tens * RANDOM_NETS // 10, (tens + 1) * RANDOM_NETS // 10):
        net = random_net(seed)
        layout = place(net.request(), effort=20_000)
        try:
            net.check(layout)
        except Clobbered as error:
            pytest.fail(f"seed {seed}: {error}")
        assert layout.lower_bound <= layout.total


@given(st.integers(0, 2**32), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_no_generated_net_is_clobbered(seed: int, calls: int) -> None:
    net = random_net(seed, calls)
    net.check(place(net.request(), effort=20_000))


@pytest.mark.parametrize("seed", range(40))
def test_the_checker_catches_every_wrong_distance(seed: int) -> None:
    """A buffer is moved into another that is alive with it, wholly and by the last bytes at either
    end. All bytes of these nets are read later."""
    net = random_net(seed, 4, exact=True)
    request = net.request()
    layout = place(request, effort=20_000)
    net.check(layout)
    for a in request.buffers:
        for b in request.buffers:
            together = a.first <= b.last and b.first <= a.last and a.name != b.name
            sharing = any({a.name, b.name} == {x.input, x.output} for x in request.accesses)
            if not together or sharing:
                continue
            at = layout.offsets[b.name]
            highest = (at + b.bytes - 1) // a.align * a.align
            lowest = -((a.bytes - 1 - at) // a.align * a.align)
            for offset in {max(lowest, 0), at // a.align * a.align, highest}:
                if offset + a.bytes <= at or at + b.bytes <= offset:
                    continue
                wrong = {**layout.offsets, a.name: offset}
                size = max(wrong[x.name] + x.bytes for x in request.buffers)
                with pytest.raises(Clobbered):
                    net.check(replace(layout, offsets=wrong, total=max(size, layout.total)))


@pytest.mark.parametrize("hold", ["copied", "step", "direct"])
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(
    "window",
    [
        Window(12, 12, 3, 1, 1),
        Window(12, 6, 3, 2, 0),
        Window(12, 10, 3),
        Window(12, 12, 5, 1, 2),
        Window(12, 12, 3, 1, 2, 2),
    ],
)
def test_row_distances_are_the_smallest_safe_ones(
    window: Window, hold: str, backward: bool
) -> None:
    """Byte by byte over all distances: what the planner allows is safe, and the nearest that it
    does not allow is not."""
    net = Net()
    source = net.input(window.in_rows * 8)
    net.window(source, window, 8, 8, hold=hold, both=True)
    order = "backward" if backward else "forward"
    request = net.request()
    access = [x for x in request.accesses if x.order == order]
    layout = place(replace(request, accesses=tuple(access)))
    safe = {}
    span = 8 * (window.in_rows + window.out_rows)
    for distance in range(-span, span + 1, 4):
        offsets = {source: span + distance, access[0].output: span}
        trial = replace(layout, offsets=offsets, total=4 * span, orders={0: order})
        try:
            net.check(trial)
            safe[distance] = True
        except Clobbered:
            safe[distance] = False
    sizes = net.sizes
    best = min(
        max(d + sizes[source], sizes[access[0].output]) - min(d, 0) for d, ok in safe.items() if ok
    )
    assert layout.total == best


def test_small_requests_are_placed_as_brute_force_does() -> None:
    proven = 0
    for seed in range(1000, 1200):
        net = random_net(seed, 2, exact=True)
        request = net.request()
        if len(request.buffers) > 4 or sum(net.sizes.values()) > 110:
            continue
        layout = place(request)
        orders = [dict(enumerate(choice)) for choice in product(*net.runs)]
        smaller = layout.total - 1
        grids = [range(0, smaller - buffer.bytes + 1, buffer.align) for buffer in request.buffers]
        for offsets in product(*grids):
            named = {b.name: at for b, at in zip(request.buffers, offsets, strict=True)}
            for order in orders:
                trial = replace(layout, offsets=named, total=smaller, orders=order)
                with pytest.raises(Clobbered):
                    net.check(trial)
        proven += 1
    assert proven > 10


@pytest.mark.parametrize(
    ("net", "direct", "copied"),
    [(kws, 8640, 8064), (vww, 37248, 36864), (resnet, 33792, 32768), (ad, 768, 768)],
)
def test_known_models_reach_the_known_sizes(net, direct: int, copied: int) -> None:
    for hold, known in (("direct", direct), ("copied", copied)):
        model = net(hold)
        layout = place(model.request())
        model.check(layout)
        assert (layout.total, layout.optimal) == (known, True)


def test_large_nets_come_close_to_the_bound() -> None:
    for seed in (1, 2):
        net = random_net(seed, 150)
        layout = place(net.request(), effort=200_000)
        net.check(layout)
        assert layout.total <= 1.1 * layout.lower_bound


def test_a_layout_is_always_the_same() -> None:
    for seed in (1, 2, 3):
        request = random_net(seed, 40).request()
        assert place(request, effort=50_000) == place(request, effort=50_000)


def test_names_and_their_hashes_do_not_matter() -> None:
    request = random_net(7, 30).request()
    word = {buffer.name: f"x{9999 - i}" for i, buffer in enumerate(request.buffers)}
    renamed = Request(
        tuple(replace(b, name=word[b.name]) for b in request.buffers),
        tuple(replace(a, input=word[a.input], output=word[a.output]) for a in request.accesses),
        tuple(replace(i, child=word[i.child], parent=word[i.parent]) for i in request.insides),
    )
    left, right = place(request, effort=50_000), place(renamed, effort=50_000)
    assert {word[name]: at for name, at in left.offsets.items()} == right.offsets


def test_an_input_that_is_needed_later_is_not_overlapped() -> None:
    steps = (Step((0, 64), (64, 64)),)
    buffers = (Buffer("x", 64, -1, 1), Buffer("y", 64, 0, 1), Buffer("z", 64, 1, 2))
    layout = place(Request(buffers, (Access(0, "x", "y", steps),)))
    assert layout.total == 192


def test_a_convolution_that_copies_its_rows_runs_in_place() -> None:
    steps = rows(Window(10, 10, 3, 1, 1), 16, 16, hold="copied")
    request = Request(
        (Buffer("x", 160, -1, 0), Buffer("y", 160, 0, 1)), (Access(0, "x", "y", steps),)
    )
    assert place(request).offsets == {"x": 0, "y": 0}


def test_scratch_shares_with_nothing_that_its_call_needs() -> None:
    buffers = (
        Buffer("x", 12, -1, 0),
        Buffer("scratch", 20, 0, 0, align=8),
        Buffer("y", 8, 0, 1),
        Buffer("z", 40, 1, 2),
    )
    layout = place(Request(buffers))
    assert layout.offsets["scratch"] % 8 == 0
    assert layout.total == 48
    assert layout.optimal


def test_contradicting_parts_are_refused() -> None:
    whole, other = Buffer("whole", 16, 2, 3), Buffer("other", 16, 2, 3)
    part = Buffer("part", 8, 0, 2)
    with pytest.raises(ValueError, match="does not lie inside"):
        place(Request((whole, part), (), (Inside("part", "whole", 12),)))
    with pytest.raises(ValueError, match="would destroy each other"):
        insides = (Inside("part", "whole", 0), Inside("part", "other", 0))
        place(Request((whole, other, part), (), insides))
    with pytest.raises(ValueError, match="no multiple of 4"):
        place(Request((whole, part), (), (Inside("part", "whole", 2),)))


def test_steps_that_leave_output_out_are_refused() -> None:
    buffers = (Buffer("x", 8, -1, 0), Buffer("y", 8, 0, 1))
    with pytest.raises(ValueError, match="do not write all 8 bytes"):
        place(Request(buffers, (Access(0, "x", "y", (Step((0, 4), (8, 8)),)),)))
    with pytest.raises(ValueError, match="read beyond"):
        place(Request(buffers, (Access(0, "x", "y", at_once(12, 8)),)))


def test_an_empty_request_needs_nothing() -> None:
    assert place(Request(())).total == 0


def test_the_checker_sees_scratch_misalignment_and_the_end() -> None:
    sizes, aligns = {"x": 8, "y": 8, "s": 8}, {"x": 4, "y": 4, "s": 8}
    run = Run((Moment((("x", 0, 8),), (("y", 0, 8),)),), "s")

    def check(x: int, y: int, s: int, total: int) -> None:
        replay(sizes, aligns, {}, {"x": x, "y": y, "s": s}, total, [run], ["x"], ["y"])

    check(0, 0, 8, 16)
    for wrong in ((0, 8, 8, 16), (8, 0, 8, 16), (0, 0, 4, 16), (0, 0, 8, 15), (-4, 8, 16, 24)):
        with pytest.raises(Clobbered):
            check(*wrong)
