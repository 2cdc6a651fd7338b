"""PyTorch without a spiking library: `naive`, the loop that everybody writes first; `fused`, one matrix product for all steps and the neuron with
a hand-written backward pass, what an expert writes; `compiled`, torch.compile of chunks of the loop without the linear layer."""

import common


def load(job):
    import torch

    import torch_modes as modes

    modes.start(job)
    workload, variant = job["workload"], job["variant"]
    spike = modes.Spike.apply
    linear = torch.nn.functional.linear
    leaf = lambda x: x.clone().contiguous().requires_grad_(True)
    transposed = lambda x: leaf(x.t())

    def fire(v, current):
        u = 0.9 * v + current
        z = spike(u - 1)
        return z, u - z

    class Fused(torch.autograd.Function):
        """Spikes [T, B, n] of currents [T, B, n]: the common neuron with written-out backpropagation through time."""

        @staticmethod
        def forward(ctx, current):
            above = torch.empty_like(current)
            spikes = torch.empty_like(current)
            v = torch.zeros_like(current[0])
            for t in range(current.shape[0]):
                u = torch.add(current[t], v, alpha=0.9)
                torch.sub(u, 1, out=above[t])
                torch.gt(above[t], 0, out=spikes[t])
                v = u.sub_(spikes[t])
            ctx.save_for_backward(above)
            return spikes

        @staticmethod
        def backward(ctx, g):
            (above,) = ctx.saved_tensors
            slope = (above * torch.pi).square_().add_(1).reciprocal_()
            out = torch.empty_like(g)
            carried = torch.zeros_like(g[0])
            # u -> z with slope, v = u - z: du = dz slope + dv (1 - slope)
            for t in range(g.shape[0] - 1, -1, -1):
                out[t] = carried + (g[t] - carried) * slope[t]
                carried = 0.9 * out[t]
            return out

    def compiled_neuron():
        def chunk(v, *currents):
            zs = []
            for x in currents:
                z, v = fire(v, x)
                zs.append(z)
            return torch.stack(zs), v

        # the compiler unrolls the loop: 25 steps at a time
        quick = torch.compile(chunk)

        def neuron(current):
            v = torch.zeros_like(current[0])
            parts = []
            for part in current.split(25):
                zs, v = quick(v, *part.unbind(0))
                parts.append(zs)
            return torch.cat(parts)

        return neuron

    over_time = compiled_neuron() if variant == "compiled" else Fused.apply

    class Network:
        def __init__(self, parameters, batch):
            matrices = workload != "W9"
            self.parameters = {
                name: transposed(x) if x.dim() == 2 and (matrices or name == "weight3") else leaf(x) for name, x in parameters.items()
            }
            self.batch = batch

        def layers(self, xs):
            """All spikes by layer, and the output."""
            p = self.parameters
            if workload == "W1":
                z = self.through(xs, "weight", "bias")
                return {"output": z}, z
            if workload == "W2":
                z1 = self.through(xs, "weight1", "bias1")
                z2 = self.through(z1, "weight2", "bias2")
                return {"hidden": z1, "output": z2}, z2
            if workload == "W3":
                z1 = self.recurrent(linear(xs, p["weight1"], p["bias1"]), p["recurrent1"])
                z2 = self.recurrent(linear(z1, p["weight2"], p["bias2"]), p["recurrent2"])
                v, vs = torch.zeros(self.batch, 20), []
                for x in linear(z2, p["weight3"], p["bias3"]).unbind(0):
                    v = 0.9 * v + x
                    vs.append(v)
                return {"hidden1": z1, "hidden2": z2}, torch.stack(vs)
            if workload == "W4":
                current = linear(xs, p["weight"], p["bias"])
                z = v = a = torch.zeros_like(current[0])
                zs = []
                for x in current.unbind(0):
                    u = 0.9 * v + (x + linear(z, p["recurrent"]))
                    z = spike(u - (1.8 * a + 1))
                    v = u - z
                    a = 0.995 * a + 0.005 * z
                    zs.append(z)
                z = torch.stack(zs)
                return {"output": z}, z
            if workload == "W5":
                state, first, second = None, 0, []
                for x in xs.unbind(0):
                    z, state = self.step(x, state)
                    first = first + self.hidden.sum()
                    second.append(z)
                return {"hidden": first, "output": torch.stack(second)}, torch.stack(second)
            conv = torch.nn.functional.conv2d
            v1 = v2 = v3 = 0.0
            zs = {"conv1": [], "conv2": [], "output": []}
            for x in xs.unbind(0):
                z1, v1 = fire(v1, conv(x, p["weight1"], p["bias1"]))
                z2, v2 = fire(v2, conv(torch.nn.functional.avg_pool2d(z1, 2), p["weight2"], p["bias2"]))
                z3, v3 = fire(v3, linear(z2.flatten(1), p["weight3"], p["bias3"]))
                for name, z in zip(zs, (z1, z2, z3)):
                    zs[name].append(z)
            zs = {name: torch.stack(z) for name, z in zs.items()}
            return zs, zs["output"]

        def through(self, xs, weight, bias):
            """A linear layer and the common neuron."""
            weight, bias = self.parameters[weight], self.parameters[bias]
            if variant != "naive":
                return over_time(linear(xs, weight, bias))
            v, zs = torch.zeros(self.batch, bias.shape[0]), []
            for x in xs.unbind(0):
                z, v = fire(v, linear(x, weight, bias))
                zs.append(z)
            return torch.stack(zs)

        def recurrent(self, current, weight):
            if variant == "fused":
                return FusedRecurrent.apply(current, weight)
            z = v = torch.zeros_like(current[0])
            zs = []
            for x in current.unbind(0):
                z, v = fire(v, x + linear(z, weight))
                zs.append(z)
            return torch.stack(zs)

        def step(self, x, state):
            p = self.parameters
            v1, v2 = state if state is not None else (torch.zeros(1, x.shape[1]), torch.zeros(1, 10))
            self.hidden, v1 = fire(v1, linear(x, p["weight1"], p["bias1"]))
            z, v2 = fire(v2, linear(self.hidden, p["weight2"], p["bias2"]))
            return z, (v1, v2)

        def forward(self, xs):
            return self.layers(xs)[1]

        def spikes(self, xs):
            return {name: z.sum() for name, z in self.layers(xs)[0].items()}

    class FusedRecurrent(torch.autograd.Function):
        """The same with z R added to the current; weight is [outputs, inputs]."""

        @staticmethod
        def forward(ctx, current, weight):
            above, spikes = torch.empty_like(current), torch.empty_like(current)
            v = torch.zeros_like(current[0])
            for t in range(current.shape[0]):
                x = current[t] if t == 0 else torch.addmm(current[t], spikes[t - 1], weight.t())
                u = torch.add(x, v, alpha=0.9)
                torch.sub(u, 1, out=above[t])
                torch.gt(above[t], 0, out=spikes[t])
                v = u.sub_(spikes[t])
            ctx.save_for_backward(above, spikes, weight)
            return spikes

        @staticmethod
        def backward(ctx, g):
            above, spikes, weight = ctx.saved_tensors
            slope = (above * torch.pi).square_().add_(1).reciprocal_()
            out = torch.empty_like(g)
            carried = torch.zeros_like(g[0])
            for t in range(g.shape[0] - 1, -1, -1):
                dz = g[t] if t == g.shape[0] - 1 else torch.addmm(g[t], out[t + 1], weight)
                out[t] = carried + (dz - carried) * slope[t]
                carried = 0.9 * out[t]
            n = weight.shape[0]
            return out, out[1:].reshape(-1, n).t() @ spikes[:-1].reshape(-1, n)

    def prepare(given, mode):
        return modes.prepare_module(given, mode, Network, workload)

    executor = {"fused": "hand-written autograd.Function", "naive": "eager loop", "compiled": "torch.compile, 25 steps at a time"}[variant]
    return modes.identity("torch", executor), {"torch": torch.__version__}, prepare


common.main(load)
