"""SpikingJelly: LIFNode(tau=10, decay_input=False, v_reset=None). Feed-forward networks run layer by layer (step_mode m), recurrent and
streaming ones step by step."""

from importlib.metadata import version

import common


def load(job):
    import torch
    from spikingjelly.activation_based import functional, neuron as neurons, surrogate

    import torch_modes as modes
    from libraries import Looped, linear

    modes.start(job)
    workload = job["workload"]

    def node(step_mode):
        return neurons.LIFNode(
            tau=10.0,
            decay_input=False,
            v_threshold=1.0,
            v_reset=None,
            surrogate_function=surrogate.ATan(alpha=2.0),
            detach_reset=False,
            step_mode=step_mode,
        )

    def neuron():
        """State lives in the node; None asks for a fresh one."""
        lif = node("s")

        def step(current, state):
            if state is None:
                functional.reset_net(lif)
            return lif(current), True

        return step

    class LayerByLayer:
        def __init__(self, parameters, batch):
            self.parameters = {
                name: (x.t() if x.dim() == 2 else x).clone().contiguous().requires_grad_(True) for name, x in parameters.items()
            }
            self.nodes = [node("m") for _ in range(3)]

        def layers(self, xs):
            p = self.parameters
            a, b, c = self.nodes
            for one in self.nodes:
                functional.reset_net(one)
            if workload == "W1":
                z = a(linear(xs, p["weight"], p["bias"]))
                return {"output": z}, z
            if workload == "W2":
                z1 = a(linear(xs, p["weight1"], p["bias1"]))
                z2 = b(linear(z1, p["weight2"], p["bias2"]))
                return {"hidden": z1, "output": z2}, z2
            T, B = xs.shape[:2]
            conv = lambda x, name: torch.nn.functional.conv2d(x, p[f"weight{name}"], p[f"bias{name}"])
            unfold = lambda x: x.unflatten(0, (T, B))
            z1 = a(unfold(conv(xs.flatten(0, 1), 1)))
            z2 = b(unfold(conv(torch.nn.functional.avg_pool2d(z1.flatten(0, 1), 2), 2)))
            z3 = c(linear(z2.flatten(2), p["weight3"], p["bias3"]))
            return {"conv1": z1, "conv2": z2, "output": z3}, z3

        def forward(self, xs):
            return self.layers(xs)[1]

        def spikes(self, xs):
            return {name: z.sum().double() for name, z in self.layers(xs)[0].items()}

    multi = workload in ("W1", "W2", "W9")
    make = LayerByLayer if multi else lambda parameters, batch: Looped(workload, neuron, parameters, batch)
    prepare = lambda given, mode: modes.prepare_module(given, mode, make, workload)
    identity = modes.identity("spikingjelly", "layer by layer, step_mode m" if multi else "step by step")
    return identity, {"spikingjelly": version("spikingjelly"), "torch": torch.__version__}, prepare


common.main(load)
