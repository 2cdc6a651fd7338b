"""rnnbuilder: its neuron Adaptive by itself, over a whole sequence."""

from importlib.metadata import version

import common


def load(job):
    import rnnbuilder
    import torch

    import torch_modes as modes

    modes.start(job)
    size = job["size"]

    class Layer:
        def __init__(self, parameters, batch):
            self.model = rnnbuilder.snn.Adaptive().make_model((size["n"],))
            ((_, initial),) = self.model.named_parameters()
            with torch.no_grad():
                initial.copy_(parameters["initial"])
            self.parameters = {"initial": initial}

        def forward(self, xs):
            return self.model(xs)[0]

        def spikes(self, xs):
            return {"output": self.forward(xs).sum().double()}

    prepare = lambda given, mode: modes.prepare_module(given, mode, Layer, "W8")
    return modes.identity("rnnbuilder"), {"rnnbuilder": version("rnnbuilder"), "torch": torch.__version__}, prepare


common.main(load)
