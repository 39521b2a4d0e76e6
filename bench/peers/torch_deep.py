#!/usr/bin/env python3
"""Training steps of deep autoencoders 3-w-w-1-w-w-3 with PyTorch on one thread: tanh, Adam, batches of 128, float32. Seconds per step of all networks.

    bench/peers/torch_deep.py 128 1     one network of width 128
    bench/peers/torch_deep.py 32 16     sixteen of width 32, as batched products

Parameters are single tensors or parts of one (Adam then has one tensor to update), Adam is the plain or the foreach one; the fastest counts. The batch
stays the same, as in ours: no time is spent on samples.
"""
import argparse
import json
import os
import statistics
import sys
import time

for name in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(name + "_NUM_THREADS", "1")

try:
    import torch
except ImportError:
    print(json.dumps({"missing": "PyTorch (Debian: python3-torch)"}))
    sys.exit(0)

BATCH = 128
HIDDEN = (True, True, False, True, True, False)  # whether tanh follows a layer


def circle(networks):
    angle = torch.arange(BATCH) * (2.0 * torch.pi / BATCH)
    points = torch.stack((angle.cos(), angle.sin(), torch.zeros(BATCH)), dim=1)
    return points if networks == 1 else points.expand(networks, -1, -1).contiguous()


class Learner:
    """Shapes, start and step; `apply` is the network."""

    def __init__(self, width, networks, foreach):
        sizes = (3, width, width, 1, width, width, 3)
        self.networks, self.x = networks, circle(networks)
        self.shapes = [shape for fan_in, fan_out in zip(sizes, sizes[1:]) for shape in self.shapes_of(fan_in, fan_out)]
        self.start = [torch.randn(shape) * (2.0 / (shape[-1] + shape[-2])) ** 0.5 if i % 2 == 0 else torch.zeros(shape) for i, shape in enumerate(self.shapes)]
        self.prepare()
        self.adam = torch.optim.Adam(self.parameters(), lr=1e-3, foreach=foreach)

    def shapes_of(self, fan_in, fan_out):
        if self.networks == 1:
            return (fan_in, fan_out), (fan_out,)
        return (self.networks, fan_in, fan_out), (self.networks, 1, fan_out)

    def step(self):
        self.adam.zero_grad(set_to_none=True)
        loss = 0.5 / BATCH * (self.apply(self.x) - self.x).square().sum()
        loss.backward()
        self.adam.step()
        return loss.item() / self.networks

    def layers(self, parts, x):
        product = torch.addmm if self.networks == 1 else torch.baddbmm
        for weight, bias, hidden in zip(parts[::2], parts[1::2], HIDDEN):
            x = product(bias, x, weight)
            x = torch.tanh(x) if hidden else x
        return x


class Separate(Learner):
    """Each weight and bias is a parameter."""

    def prepare(self):
        self.parts = [part.requires_grad_() for part in self.start]

    def parameters(self):
        return self.parts

    def apply(self, x):
        return self.layers(self.parts, x)


class Joint(Learner):
    """They are parts of one parameter."""

    def prepare(self):
        self.all = torch.cat([part.reshape(-1) for part in self.start]).requires_grad_()

    def parameters(self):
        return [self.all]

    def apply(self, x):
        pieces = self.all.split([part.numel() for part in self.start])
        return self.layers([piece.view(shape) for piece, shape in zip(pieces, self.shapes)], x)


class Modules(Learner):
    """torch.nn, as its tutorials have it; one network only."""

    def prepare(self):
        layers = []
        for weight, bias, hidden in zip(self.start[::2], self.start[1::2], HIDDEN):
            linear = torch.nn.Linear(*weight.shape)
            with torch.no_grad():
                linear.weight.copy_(weight.T)
                linear.bias.copy_(bias)
            layers += [linear, torch.nn.Tanh()] if hidden else [linear]
        self.apply = torch.nn.Sequential(*layers)

    def parameters(self):
        return self.apply.parameters()


def learns(learner):
    """A fast wrong algorithm would be no baseline."""
    first = learner.step()
    for _ in range(300):
        last = learner.step()
    return last < 0.7 * first


def seconds_per_step(learner, seconds):
    """Median over pieces of twenty steps."""
    times = []
    end = time.process_time() + seconds
    while time.process_time() < end or len(times) < 3:
        began = time.process_time()
        for _ in range(20):
            learner.step()
        times.append((time.process_time() - began) / 20)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("width", type=int)
    parser.add_argument("networks", type=int)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each method")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    found = {}
    for method in (Separate, Joint, Modules) if options.networks == 1 else (Separate, Joint):
        for foreach in (False, True):
            learner = method(options.width, options.networks, foreach)
            if not learns(learner):
                raise RuntimeError(f"{method.__name__} does not learn")
            found[method.__name__ + (", foreach" if foreach else "")] = seconds_per_step(learner, options.seconds)
    method = min(found, key=found.get)
    print(json.dumps({"torch": torch.__version__, "method": method, "seconds": found[method], "all": found}))


if __name__ == "__main__":
    main()
