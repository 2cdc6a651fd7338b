"""JAX: a scan over time under jit. `fold`: the linear layers as one matrix product over all steps, the neuron in the scan; `step`: everything in
the scan."""

import math
import os

import common

# of W8
BETA = math.exp(-1 / 5)


def load(job):
    if job["threads"] == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    import jax
    import jax.numpy as jnp

    workload, size, variant = job["workload"], job["size"], job["variant"]
    n = size["n"]

    @jax.custom_vjp
    def spike(x):
        return (x > 0).astype(jnp.float32)

    spike.defvjp(lambda x: (spike(x), x), lambda x, g: (g / (1 + jnp.square(jnp.pi * x)),))

    @jax.custom_vjp
    def triangle(x):
        return (x > 0).astype(jnp.float32)

    triangle.defvjp(lambda x: (triangle(x), x), lambda x, g: (g * 0.3 * jnp.maximum(0, 1 - jnp.abs(x)),))

    @jax.custom_vjp
    def rounded(x):
        return jnp.round(x)

    rounded.defvjp(lambda x: (rounded(x), None), lambda _, g: (g,))

    def fire(v, current):
        u = 0.9 * v + current
        z = spike(u - 1)
        return z, u - z

    def convolve(x, weight, bias):
        y = jax.lax.conv_general_dilated(x, weight, (1, 1), "VALID", dimension_numbers=("NCHW", "OIHW", "NCHW"))
        return y + bias[:, None, None]

    def pool(x):
        return jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 1, 2, 2), (1, 1, 2, 2), "VALID") / 4

    def start(p, B):
        zeros = lambda *shape: jnp.zeros((B, *shape), jnp.float32)
        return {
            "W1": lambda: zeros(n),
            "W2": lambda: (zeros(n), zeros(10)),
            "W3": lambda: (zeros(n), zeros(n), zeros(n), zeros(n), zeros(20)),
            "W4": lambda: (zeros(n), zeros(n), zeros(n)),
            "W5": lambda: (zeros(n), zeros(10)),
            "W6": lambda: tuple(zeros(n) for _ in range(4)),
            "W7": lambda: (zeros(n), zeros(n)),
            "W8": lambda: (jnp.broadcast_to(p["initial"], (B, n)), zeros(n)),
            "W9": lambda: (
                zeros(int(size["variant"]), n - 4, n - 4),
                zeros(2 * int(size["variant"]), (n - 4) // 2 - 4, (n - 4) // 2 - 4),
                zeros(10),
            ),
        }[workload]()

    def step(p, state, x):
        """One step: the next state, the output, and the spikes by layer."""
        if workload == "W1":
            z, v = fire(state, x @ p["weight"] + p["bias"])
            return v, z, {"output": z}
        if workload in ("W2", "W5"):
            z1, v1 = fire(state[0], x @ p["weight1"] + p["bias1"])
            z2, v2 = fire(state[1], z1 @ p["weight2"] + p["bias2"])
            return (v1, v2), z2, {"hidden": z1, "output": z2}
        if workload == "W3":
            z1, v1, z2, v2, v3 = state
            z1, v1 = fire(v1, (x @ p["weight1"] + p["bias1"]) + z1 @ p["recurrent1"])
            z2, v2 = fire(v2, (z1 @ p["weight2"] + p["bias2"]) + z2 @ p["recurrent2"])
            v3 = 0.9 * v3 + (z2 @ p["weight3"] + p["bias3"])
            return (z1, v1, z2, v2, v3), v3, {"hidden1": z1, "hidden2": z2}
        if workload == "W4":
            z, v, a = state
            u = 0.9 * v + ((x @ p["weight"] + p["bias"]) + z @ p["recurrent"])
            z = spike(u - (1.8 * a + 1))
            return (z, u - z, 0.995 * a + 0.005 * z), z, {"output": z}
        if workload == "W6":
            v, s, r, y = state
            positive, negative = jax.nn.softplus(p["positive"]), jax.nn.softplus(p["negative"])
            bias = jnp.arcsinh(p["bias"])
            sigmoid = jax.nn.sigmoid
            s = x
            u = sigmoid(p["beta"]) * v
            if size["variant"] == "SRLITS":
                alpha, gamma = sigmoid(p["alpha"]), sigmoid(p["gamma"])
                s = alpha * state[1] + (1 - alpha) * x
                r = gamma * r + (1 - gamma) * y
                u = u + s + p["recurrent"] * r
            else:
                u = u + s
            up = rounded(sigmoid(4 * (u - positive + bias)))
            down = -rounded(sigmoid(4 * (-negative - u - bias)))
            v = u - up * positive - down * negative
            y = up * p["positiveScale"] + down * p["negativeScale"]
            return (v, s, r, y), y, {"output": up - down}
        if workload == "W7":
            h, m = state
            gates = (x @ p["inputWeight"] + p["inputBias"]) + (h @ p["hiddenWeight"] + p["hiddenBias"])
            i, f, g, o = jnp.split(gates, 4, axis=1)
            m = jax.nn.sigmoid(f) * m + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(m)
            z = spike(h - 0.1)
            return (h, m), z, {"output": z}
        if workload == "W8":
            v, a = state
            theta = a + 1
            z = triangle((v - theta) / theta)
            return (BETA * v + x - z * theta, BETA * a + 0.25 * z), z, {"output": z}
        v1, v2, v3 = state
        z1, v1 = fire(v1, convolve(x, p["weight1"], p["bias1"]))
        z2, v2 = fire(v2, convolve(pool(z1), p["weight2"], p["bias2"]))
        z3, v3 = fire(v3, z2.reshape(z2.shape[0], -1) @ p["weight3"] + p["bias3"])
        return (v1, v2, v3), z3, {"conv1": z1, "conv2": z2, "output": z3}

    def scan(f, state, xs):
        return jax.lax.scan(f, state, xs)[1]

    def over_time(current):
        """The common neuron over currents [T, B, n]."""
        return scan(lambda v, x: fire(v, x)[::-1], jnp.zeros_like(current[0]), current)

    def recurrent(current, weight):
        def one(state, x):
            z, v = fire(state[1], x + state[0] @ weight)
            return (z, v), z

        return scan(one, (jnp.zeros_like(current[0]),) * 2, current)

    def folded(p, xs):
        flat = lambda x, weight, bias: x @ p[weight] + p[bias]
        if workload == "W1":
            z = over_time(flat(xs, "weight", "bias"))
            return z, {"output": z}
        if workload == "W2":
            z1 = over_time(flat(xs, "weight1", "bias1"))
            z2 = over_time(flat(z1, "weight2", "bias2"))
            return z2, {"hidden": z1, "output": z2}
        z1 = recurrent(flat(xs, "weight1", "bias1"), p["recurrent1"])
        z2 = recurrent(flat(z1, "weight2", "bias2"), p["recurrent2"])

        def leak(v, x):
            v = 0.9 * v + x
            return v, v

        current = flat(z2, "weight3", "bias3")
        return scan(leak, jnp.zeros_like(current[0]), current), {"hidden1": z1, "hidden2": z2}

    def stepped(p, xs):
        def one(state, x):
            state, output, spikes = step(p, state, x)
            return state, (output, spikes)

        return jax.lax.scan(one, start(p, xs.shape[1]), xs)[1]

    network = folded if variant == "fold" else stepped
    forward = jax.jit(lambda p, xs: network(p, xs)[0])

    @jax.jit
    def count(p, xs):
        return {name: jnp.sum(z.astype(jnp.int32)) for name, z in network(p, xs)[1].items()}

    def sizes(gradients):
        return {name: float(jnp.mean(jnp.abs(g))) for name, g in gradients.items()}

    def adam(p, g, moments, step_number):
        mean = jax.tree.map(lambda m, d: 0.9 * m + 0.1 * d, moments[0], g)
        square = jax.tree.map(lambda s, d: 0.999 * s + 0.001 * d * d, moments[1], g)
        c1, c2 = 1 - 0.9**step_number, 1 - 0.999**step_number
        p = jax.tree.map(lambda x, m, s: x - 1e-3 / c1 * m / (jnp.sqrt(s) / jnp.sqrt(c2) + 1e-8), p, mean, square)
        return p, (mean, square)

    def modes(given, mode):
        p = {name: jnp.asarray(x) for name, x in given.parameters.items()}
        xs = jnp.asarray(given.inputs)
        counted = lambda: {name: int(x) for name, x in count(p, xs).items()}

        if mode == "forward":
            return (lambda: forward(p, xs).block_until_ready()), (lambda: (counted(), {}))

        if mode == "stream":
            one = jax.jit(lambda p, state, x: step(p, state, x)[:2])
            steps = [xs[t] for t in range(xs.shape[0])]
            at = {"t": 0, "state": start(p, 1)}

            def run():
                at["state"], output = one(p, at["state"], steps[at["t"]])
                output.block_until_ready()
                at["t"] = (at["t"] + 1) % len(steps)

            return run, lambda: (counted(), {})

        if mode == "train":
            labels = jnp.asarray(given.labels)
            pictures = None if given.pictures is None else jnp.asarray(given.pictures)

            def loss(p, xs):
                outputs = network(p, xs)[0]
                scores = outputs.sum(0) if workload == "W2" else outputs.mean(0)
                chosen = jnp.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], axis=1)
                return -chosen.mean()

            @jax.jit
            def update(p, moments, step_number, key):
                inputs = xs
                if pictures is not None:
                    inputs = jax.random.bernoulli(key, pictures, (xs.shape[0], *pictures.shape)).astype(jnp.float32)
                return adam(p, jax.grad(loss)(p, inputs), moments, step_number)

            zeros = jax.tree.map(jnp.zeros_like, p)
            at = {"p": p, "moments": (zeros, zeros), "step": 0}
            key = jax.random.key(0)

            def run():
                at["step"] += 1
                at["p"], at["moments"] = update(at["p"], at["moments"], float(at["step"]), jax.random.fold_in(key, at["step"]))
                jax.block_until_ready(at["p"])

            return run, lambda: (counted(), sizes(jax.jit(jax.grad(loss))(p, xs)))

        coefficients = jnp.asarray(given.coefficients)
        weighted = lambda p, xs: jnp.sum(network(p, xs)[0] * coefficients)
        with_inputs = mode == "backward-inputs"
        gradient = jax.jit(jax.grad(weighted, argnums=(0, 1) if with_inputs else 0))

        def check():
            found = gradient(p, xs)
            return counted(), sizes({**found[0], "inputs": found[1]} if with_inputs else found)

        return (lambda: jax.block_until_ready(gradient(p, xs))), check

    def prepare(given, mode):
        run, check = modes(given, mode)

        def compile_and_check():
            run()
            return check()

        return run, compile_and_check

    executor = "jit, scan of the neuron, folded linear layers" if variant == "fold" else "jit, scan of everything"
    identity = {"engine": "jax", "backend": "cpu", "tier": f"{job['threads']} threads", "executor": executor}
    return identity, {"jax": jax.__version__}, prepare


common.main(load)
