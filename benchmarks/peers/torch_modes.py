"""The modes for everything that is a torch module: forward, backward, train, stream."""

import torch


def identity(name, executor="eager"):
    return {"engine": name, "backend": "torch", "tier": f"{torch.get_num_threads()} threads", "executor": executor}


def start(job):
    """Once, after the import of torch."""
    torch.set_num_threads(job["threads"])
    torch.manual_seed(0)


class Spike(torch.autograd.Function):
    """H(x) with the derivative of ATan of sharpness 2."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).float()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g / (1 + (torch.pi * x).square())


def prepare_module(given, mode, make, workload):
    """run and check of a network.

    make(parameters, B) returns a network with: parameters: name -> leaf tensor in the layout of the library (only sums over all elements are
    compared); forward(xs) -> outputs [T, B, ...]; spikes(xs) -> name -> number; and for streaming, step(x, state) -> (output, state).
    """
    inputs = torch.from_numpy(given.inputs)
    network = make({name: torch.from_numpy(x) for name, x in given.parameters.items()}, inputs.shape[1])
    leaves = network.parameters

    def spikes():
        with torch.no_grad():
            return {name: int(x) for name, x in network.spikes(inputs).items()}

    def clear():
        for x in leaves.values():
            x.grad = None

    def sizes(extra=()):
        found = {name: float(x.grad.abs().mean()) if x.grad is not None else 0.0 for name, x in (*leaves.items(), *extra)}
        clear()
        return found

    if mode == "forward":

        def run():
            with torch.no_grad():
                network.forward(inputs)

        return run, lambda: (spikes(), {})

    if mode == "stream":
        steps = list(inputs.unbind(0))
        at = {"t": 0, "state": None}

        def run():
            with torch.inference_mode():
                _, at["state"] = network.step(steps[at["t"]], at["state"])
            at["t"] = (at["t"] + 1) % len(steps)

        return run, lambda: (spikes(), {})

    if mode == "train":
        labels = torch.from_numpy(given.labels)
        optimizer = torch.optim.Adam(list(leaves.values()), lr=1e-3)
        pictures = None if given.pictures is None else torch.from_numpy(given.pictures)
        steps = inputs.shape[0]

        def loss(xs):
            outputs = network.forward(xs)
            # counts of spikes, or the mean of a readout
            scores = outputs.sum(0) if workload == "W2" else outputs.mean(0)
            return torch.nn.functional.cross_entropy(scores, labels)

        def run():
            xs = inputs if pictures is None else (torch.rand((steps, *pictures.shape)) < pictures).float()
            optimizer.zero_grad(set_to_none=True)
            loss(xs).backward()
            optimizer.step()

        def check():
            counted = spikes()
            clear()
            loss(inputs).backward()
            return counted, sizes()

        return run, check

    coefficients = torch.from_numpy(given.coefficients)
    if mode not in ("backward", "backward-inputs"):
        raise ValueError(f"there is no mode {mode}")
    xs = inputs.clone().requires_grad_(mode == "backward-inputs")
    extra = (("inputs", xs),) if mode == "backward-inputs" else ()

    def run():
        clear()
        xs.grad = None
        (network.forward(xs) * coefficients).sum().backward()

    def check():
        run()
        return spikes(), sizes(extra)

    return run, check
