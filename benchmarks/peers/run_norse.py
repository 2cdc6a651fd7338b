"""norse: LIFBoxCell with dt / tau = 0.1 and ten times the input, which is the common neuron; its recurrent LIF and LSNN as they are."""

from importlib.metadata import version

import common


def load(job):
    import norse.torch as norse
    import torch
    from norse.torch.functional.lif_box import LIFBoxParameters
    from norse.torch.functional.reset import reset_subtract

    import torch_modes as modes
    from libraries import Looped, linear

    modes.start(job)
    workload = job["workload"]

    def neuron():
        cell = norse.LIFBoxCell(LIFBoxParameters(tau_mem_inv=torch.as_tensor(100.0), reset_method=reset_subtract))
        return lambda current, state: cell(10 * current, state)

    class Recurrent:
        """W3 and W4: the layers of norse that hold the recurrent weights themselves."""

        def __init__(self, parameters, batch):
            p = {name: (x.t() if x.dim() == 2 else x).clone().contiguous() for name, x in parameters.items()}
            self.batch = batch

            def layer(kind, weight, recurrent):
                made = kind(weight.shape[1], weight.shape[0], input_weights=10 * weight, recurrent_weights=10 * recurrent, autapses=True)
                return made, made.input_weights, made.recurrent_weights

            if workload == "W4":
                self.hidden, w, r = layer(norse.LSNNRecurrent, p["weight"], p["recurrent"])
                self.parameters = {"weight": w, "recurrent": r}
                return
            self.hidden1, w1, r1 = layer(norse.LIFRecurrent, p["weight1"], p["recurrent1"])
            self.hidden2, w2, r2 = layer(norse.LIFRecurrent, p["weight2"], p["recurrent2"])
            readout = {name: p[name].requires_grad_(True) for name in ("weight3", "bias3")}
            self.parameters = {"weight1": w1, "recurrent1": r1, "weight2": w2, "recurrent2": r2, **readout}

        def layers(self, xs):
            if workload == "W4":
                z, _ = self.hidden(xs)
                return {"output": z}, z
            z1, _ = self.hidden1(xs)
            z2, _ = self.hidden2(z1)
            v, vs = torch.zeros(self.batch, 20), []
            for x in linear(z2, self.parameters["weight3"], self.parameters["bias3"]).unbind(0):
                v = 0.9 * v + x
                vs.append(v)
            return {"hidden1": z1, "hidden2": z2}, torch.stack(vs)

        def forward(self, xs):
            return self.layers(xs)[1]

        def spikes(self, xs):
            return {name: z.sum().double() for name, z in self.layers(xs)[0].items()}

    make = Recurrent if workload in ("W3", "W4") else lambda parameters, batch: Looped(workload, neuron, parameters, batch)
    prepare = lambda given, mode: modes.prepare_module(given, mode, make, workload)
    return modes.identity("norse"), {"norse": version("norse"), "torch": torch.__version__}, prepare


common.main(load)
