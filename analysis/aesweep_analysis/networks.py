"""What a stored network does to inputs: reconstructions x̂ = Σ_k v_k g(w_k·x/√D + b_k), by some of its neurons or all."""
import numpy as np
from scipy.special import erf

ACTIVATIONS = {"linear": lambda x: x, "erf": lambda x: erf(x / np.sqrt(2)), "relu": lambda x: np.maximum(x, 0), "tanh": np.tanh}


def reconstruct(network, activation, x, neurons=None):
    """x̂ of the first `neurons` hidden units, shape (count, D). `network`: one row of an engine recorded with weights = "final"."""
    encoder, decoder, bias = (network[f"final_{name}"].values[:neurons] for name in ("encoder", "decoder", "bias"))
    hidden = ACTIVATIONS[activation](x @ encoder.T / np.sqrt(x.shape[1]) + np.nan_to_num(bias))
    return hidden @ decoder


def error(x, reconstruction):
    """pmse = (1/2D) E|x − x̂|²."""
    return float(((x - reconstruction) ** 2).mean() / 2)
