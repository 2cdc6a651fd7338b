"""What all Python peers share: the numbers they are given, and the conversation with the harness.

The generator is the twin of src/generator.ts, the problems are the twins of src/workloads: the same seeds, shapes and formulas, so that spike
counts can be compared before times are. The conversation is described in src/protocol.ts.
"""

import json
import math
import os
import sys
import time

import numpy as np


# --- the generator: mulberry32 over a counter ---


def random(seed, i):
    """Word i of seed as a number from 0 up to 1; i is an array of indices."""
    with np.errstate(over="ignore"):
        state = np.uint32(seed) + (i.astype(np.uint32) + np.uint32(1)) * np.uint32(0x6D2B79F5)
        t = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
        t = (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))) ^ t
        return (t ^ (t >> np.uint32(14))).astype(np.float64) / 4294967296.0


def fill(shape, element):
    """A float32 array from a function of the flat indices."""
    return element(np.arange(math.prod(shape), dtype=np.uint64)).astype(np.float32).reshape(shape)


def constant(shape, value):
    return np.full(shape, value, dtype=np.float32)


def symmetric(seed, shape, limit=1.0):
    return fill(shape, lambda i: (2 * random(seed, i) - 1) * limit)


def bernoulli(seed, shape, rate):
    return fill(shape, lambda i: random(seed, i) < rate)


def bell_shaped(seed, shape):
    return fill(
        shape,
        lambda i: (random(seed, 4 * i) + random(seed, 4 * i + 1) + random(seed, 4 * i + 2) + random(seed, 4 * i + 3) - 2) * math.sqrt(3),
    )


def weights(seed, shape, inputs, mean_square, deviation):
    return symmetric(seed, shape, deviation * math.sqrt(3 / (inputs * mean_square)))


def images(seed, shape):
    return fill(shape, lambda i: np.where(random(seed, 2 * i) < 0.19, 0.368 + 0.632 * random(seed, 2 * i + 1), 0))


def encode(seed, steps, x):
    flat = x.reshape(-1).astype(np.float64)
    return fill((steps, *x.shape), lambda i: random(seed, i) < np.tile(flat, steps))


def labels(seed, count, classes):
    return fill((count,), lambda i: np.floor(random(seed, i) * classes))


# --- the problems ---


class Problem:
    """Inputs [T, B, ...], named parameters (weights [inputs, outputs]), and coefficients or labels."""

    def __init__(self, inputs, parameters, coefficients=None, labels=None, pictures=None):
        self.inputs = inputs
        self.parameters = parameters
        self.coefficients = coefficients
        self.labels = labels
        self.pictures = pictures


def problem(workload, size):
    T, B, n, rate, variant = size["T"], size["B"], size["n"], size["rate"], size.get("variant")
    if workload == "W1":
        return Problem(
            bell_shaped(101, (T, B, n)) if size["input"] == "numbers" else bernoulli(101, (T, B, n), rate),
            {"weight": weights(102, (n, n), n, rate, 0.4), "bias": constant((n,), 0.02)},
            coefficients=symmetric(103, (T, B, n)),
        )
    if workload == "W2":
        pictures = images(201, (B, 784))
        return Problem(
            encode(202, T, pictures),
            {
                "weight1": weights(203, (784, n), 784, 0.13, 0.4),
                "bias1": constant((n,), 0.02),
                "weight2": weights(204, (n, 10), n, 0.05, 0.4),
                "bias2": constant((10,), 0.02),
            },
            labels=labels(205, B, 10).astype(np.int64),
            pictures=pictures,
        )
    if workload == "W3":
        return Problem(
            bernoulli(301, (T, B, 700), rate),
            {
                "weight1": weights(302, (700, n), 700, rate, 0.4),
                "bias1": constant((n,), 0.02),
                "recurrent1": weights(303, (n, n), n, 0.05, 0.2),
                "weight2": weights(304, (n, n), n, 0.05, 0.4),
                "bias2": constant((n,), 0.02),
                "recurrent2": weights(305, (n, n), n, 0.05, 0.2),
                "weight3": weights(306, (n, 20), n, 0.05, 0.4),
                "bias3": constant((20,), 0.02),
            },
            labels=labels(307, B, 20).astype(np.int64),
        )
    if workload == "W4":
        return Problem(
            bernoulli(401, (T, B, 40), rate),
            {
                "weight": weights(402, (40, n), 40, rate, 0.4),
                "bias": constant((n,), 0.02),
                "recurrent": weights(403, (n, n), n, 0.05, 0.2),
            },
            coefficients=symmetric(404, (T, B, n)),
        )
    if workload == "W5":
        return Problem(
            bernoulli(501, (T, B, n), rate),
            {
                "weight1": weights(502, (n, n), n, rate, 0.4),
                "bias1": constant((n,), 0.02),
                "weight2": weights(503, (n, 10), n, 0.05, 0.4),
                "bias2": constant((10,), 0.02),
            },
        )
    if workload == "W6":
        softplus_of_one = math.log(math.expm1(1))
        parameters = {
            "beta": constant((n,), math.log(9)),
            "positive": constant((n,), softplus_of_one),
            "negative": constant((n,), softplus_of_one),
            "bias": constant((n,), 0),
            "positiveScale": constant((n,), 1),
            "negativeScale": constant((n,), 1),
        }
        if variant == "SRLITS":
            parameters |= {"alpha": constant((n,), 0), "gamma": constant((n,), math.log(9)), "recurrent": symmetric(602, (n,), 0.3)}
        return Problem(bell_shaped(601, (T, B, n)), parameters, coefficients=symmetric(603, (T, B, n)))
    if workload == "W7":
        return Problem(
            bernoulli(701, (T, B, n), rate),
            {
                "inputWeight": weights(702, (n, 4 * n), n, rate, 0.8),
                "inputBias": constant((4 * n,), 0.02),
                "hiddenWeight": weights(703, (n, 4 * n), n, rate, 0.4),
                "hiddenBias": constant((4 * n,), 0.02),
            },
            coefficients=symmetric(704, (T, B, n)),
        )
    if workload == "W8":
        return Problem(bell_shaped(801, (T, B, n)), {"initial": constant((n,), 0)}, coefficients=symmetric(802, (T, B, n)))
    if workload == "W9":
        channels = int(variant)
        features = 2 * channels * ((n - 4) // 2 - 4) ** 2
        return Problem(
            bernoulli(901, (T, B, 2, n, n), rate),
            {
                "weight1": weights(902, (channels, 2, 5, 5), 50, rate, 0.4),
                "bias1": constant((channels,), 0.02),
                "weight2": weights(903, (2 * channels, channels, 5, 5), channels * 25, 0.02, 0.4),
                "bias2": constant((2 * channels,), 0.02),
                "weight3": weights(904, (features, 10), features, 0.05, 0.4),
                "bias3": constant((10,), 0.02),
            },
            coefficients=symmetric(905, (T, B, 10)),
        )
    raise ValueError(f"there is no workload {workload}")


# --- the conversation ---


def say(**reply):
    # the harness looks for lines that begin with {"type"
    sys.stdout.write(json.dumps(reply, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def peak_memory():
    """Peak memory of this process in bytes."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# seconds; a run that takes longer is not repeated to warm up
LONG = 1


def repeat(run, seconds, least, most):
    """Milliseconds of each run."""
    times = []
    end = time.perf_counter() + seconds
    while len(times) < least or (len(times) < most and time.perf_counter() < end):
        started = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - started))
    return times


def main(load):
    """Hold the conversation.

    load(job) imports the library and returns (identity, versions, prepare); prepare(problem, mode) returns (run, check): run() does the timed work,
    check() the same work, and returns (spikes, gradients), two records of numbers.
    """
    job = json.loads(sys.argv[1])
    try:
        identity, versions, prepare = load(job)
    except ImportError as error:
        say(type="absent", reason=f"{error}; the peers are not installed completely")
        return
    say(type="ready", identity=identity, versions=versions, memory=peak_memory())
    given = problem(job["workload"], job["size"])
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["ask"] == "end":
            break
        if request["ask"] == "prepare":
            run = None
            try:
                run, check = prepare(given, request["mode"])
                spikes, gradients = check() if request["evidence"] else ({}, {})
                started = time.perf_counter()
                run()
                once = time.perf_counter() - started
                if once < LONG:
                    repeat(run, seconds=0.1, least=1, most=5000)
                say(type="prepared", evidence={"spikes": spikes, "gradients": gradients}, once=1000 * once)
            except Exception as error:  # whatever it is, other modes may work
                say(type="refused", reason=f"{type(error).__name__}: {error}"[:500])
        else:
            say(type="times", times=repeat(run, request["seconds"], request["least"], request["most"]))
    say(type="end", memory=peak_memory())
    sys.stdout.flush()
    os._exit(0)
