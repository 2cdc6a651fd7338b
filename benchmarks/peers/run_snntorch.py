"""snnTorch: Leaky with the immediate reset, SLSTM. Its linear layers run in the loop, as in its tutorials."""

import common


def load(job):
    import snntorch
    import torch
    from snntorch import surrogate

    import torch_modes as modes
    from libraries import Looped

    modes.start(job)
    workload = job["workload"]
    atan = surrogate.atan(alpha=2.0)

    def neuron():
        lif = snntorch.Leaky(beta=0.9, spike_grad=atan, reset_mechanism="subtract", reset_delay=False)
        return lambda current, mem: lif(current, torch.zeros_like(current) if mem is None else mem)

    class Slstm:
        def __init__(self, parameters, batch):
            n = parameters["inputBias"].shape[0] // 4
            self.shape = (batch, n)
            self.cell = snntorch.SLSTM(n, n, threshold=0.1, reset_mechanism="none", spike_grad=atan)
            lstm = self.cell.lstm_cell
            names = {"inputWeight": "weight_ih", "inputBias": "bias_ih", "hiddenWeight": "weight_hh", "hiddenBias": "bias_hh"}
            with torch.no_grad():
                for ours, theirs in names.items():
                    x = parameters[ours]
                    getattr(lstm, theirs).copy_(x.t() if x.dim() == 2 else x)
            self.parameters = {ours: getattr(lstm, theirs) for ours, theirs in names.items()}

        def forward(self, xs):
            syn = mem = torch.zeros(self.shape)
            spikes = []
            for x in xs.unbind(0):
                z, syn, mem = self.cell(x, syn, mem)
                spikes.append(z)
            return torch.stack(spikes)

        def spikes(self, xs):
            return {"output": self.forward(xs).sum()}

    make = Slstm if workload == "W7" else lambda parameters, batch: Looped(workload, neuron, parameters, batch)
    prepare = lambda given, mode: modes.prepare_module(given, mode, make, workload)
    return modes.identity("snntorch"), {"snntorch": snntorch.__version__, "torch": torch.__version__}, prepare


common.main(load)
