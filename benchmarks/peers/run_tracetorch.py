"""traceTorch: LITS and SRLITS with the rounding quantiser. `compiled`: torch.compile of 25 steps at a time."""

from importlib.metadata import version

import common

NAMES = {
    "beta": "raw_beta",
    "positive": "raw_pos_threshold",
    "negative": "raw_neg_threshold",
    "bias": "raw_bias",
    "positiveScale": "raw_pos_scale",
    "negativeScale": "raw_neg_scale",
    "alpha": "raw_alpha",
    "gamma": "raw_gamma",
    "recurrent": "raw_rec_weight",
}


def load(job):
    import torch
    import tracetorch

    import torch_modes as modes

    modes.start(job)
    size = job["size"]

    class Layer:
        def __init__(self, parameters, batch):
            kind = getattr(tracetorch.snn, size["variant"])
            self.layer = kind(size["n"], quant_fn=tracetorch.functional.round_ste())
            own = dict(self.layer.named_parameters())
            self.parameters = {name: own[NAMES[name]] for name in parameters}
            with torch.no_grad():
                for name, x in parameters.items():
                    self.parameters[name].copy_(x)
            self.chunk = torch.compile(self.steps) if job["variant"] == "compiled" else self.steps

        def steps(self, *xs):
            return torch.stack([self.layer(x) for x in xs])

        def forward(self, xs):
            self.layer.zero_states()
            return torch.cat([self.chunk(*part.unbind(0)) for part in xs.split(25)])

        def spikes(self, xs):
            # scales are 1: what is not 0 is an event
            return {"output": (self.forward(xs) != 0).sum()}

    prepare = lambda given, mode: modes.prepare_module(given, mode, Layer, "W6")
    executor = "torch.compile, 25 steps at a time" if job["variant"] == "compiled" else "eager"
    return modes.identity("tracetorch", executor), {"tracetorch": version("tracetorch"), "torch": torch.__version__}, prepare


common.main(load)
