"""The networks as a user of a spiking library writes them: a loop over time of linear layers and the library's neurons. What the libraries
share; each names its neuron."""

import torch

linear = torch.nn.functional.linear


class Looped:
    """W1, W2, W3, W5 and W9. neuron(): a new function (current, state or None) -> (spikes, state)."""

    def __init__(self, workload, neuron, parameters, batch):
        self.workload = workload
        self.batch = batch
        self.parameters = {
            name: (x.t() if x.dim() == 2 else x).clone().contiguous().requires_grad_(True) for name, x in parameters.items()
        }
        self.neurons = [neuron() for _ in range(3)]

    def layers(self, x, state):
        """One step: names and spikes of all layers, the output, the next state."""
        p = self.parameters
        a, b, c = self.neurons
        if self.workload == "W1":
            z, state = a(linear(x, p["weight"], p["bias"]), state)
            return {"output": z}, z, state
        if self.workload in ("W2", "W5"):
            s1, s2 = state if state is not None else (None, None)
            z1, s1 = a(linear(x, p["weight1"], p["bias1"]), s1)
            z2, s2 = b(linear(z1, p["weight2"], p["bias2"]), s2)
            return {"hidden": z1, "output": z2}, z2, (s1, s2)
        if self.workload == "W3":
            if state is None:
                n = p["bias1"].shape[0]
                state = (torch.zeros(self.batch, n), None, torch.zeros(self.batch, n), None, torch.zeros(self.batch, 20))
            z1, s1, z2, s2, v = state
            z1, s1 = a(linear(x, p["weight1"], p["bias1"]) + linear(z1, p["recurrent1"]), s1)
            z2, s2 = b(linear(z1, p["weight2"], p["bias2"]) + linear(z2, p["recurrent2"]), s2)
            v = 0.9 * v + linear(z2, p["weight3"], p["bias3"])
            return {"hidden1": z1, "hidden2": z2}, v, (z1, s1, z2, s2, v)
        s1, s2, s3 = state if state is not None else (None, None, None)
        conv = torch.nn.functional.conv2d
        z1, s1 = a(conv(x, p["weight1"], p["bias1"]), s1)
        z2, s2 = b(conv(torch.nn.functional.avg_pool2d(z1, 2), p["weight2"], p["bias2"]), s2)
        z3, s3 = c(linear(z2.flatten(1), p["weight3"], p["bias3"]), s3)
        return {"conv1": z1, "conv2": z2, "output": z3}, z3, (s1, s2, s3)

    def step(self, x, state):
        _, output, state = self.layers(x, state)
        return output, state

    def forward(self, xs):
        state, outputs = None, []
        for x in xs.unbind(0):
            _, output, state = self.layers(x, state)
            outputs.append(output)
        return torch.stack(outputs)

    def spikes(self, xs):
        state, totals = None, {}
        for x in xs.unbind(0):
            spikes, _, state = self.layers(x, state)
            for name, z in spikes.items():
                totals[name] = totals.get(name, 0) + z.sum().double()
        return totals
