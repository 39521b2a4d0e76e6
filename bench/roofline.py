"""How fast a kernel could be: its arithmetic, its traffic and its random numbers over what one core of the machine of docs/performance.md gives.

A limit is the largest of arithmetic and traffic, plus the random numbers, which are arithmetic of another kind. All of it is throughput: chains of
dependent operations, horizontal sums and calls come on top, and are all there is to small sizes.
"""
from dataclasses import dataclass

V3, V4 = "x86-64-v3", "x86-64-v4"
PEAK = {V3: 61e9, V4: 118e9}       # fused multiply-adds, as two operations each, a second
NORMALS = {V3: 0.98e9, V4: 1.49e9}  # standard normals a second, of a hand-written Philox and Box-Muller in single precision
FIRST_LEVEL = 48 * 1024            # bytes
SECOND_LEVEL = 58e9                # bytes read and written a second in place, beyond the first level
UNIT = 60                          # operations of erf and its derivative


@dataclass
class Work:
    flops: float
    normals: float = 0.0
    traffic: float = 0.0  # bytes read and written beyond the first level

    def limit(self, level):
        return max(self.flops / PEAK[level], self.traffic / SECOND_LEVEL) + self.normals / NORMALS[level]


def beyond_first_level(bytes_used):
    return bytes_used if bytes_used > FIRST_LEVEL else 0.0


def sgd_step(dimension, hidden):
    """W x, v x, x x' within a block of B; W and v updated once a block, v through a K x K matrix."""
    block = 8 if hidden < 6 else 16 if hidden < 24 else 32
    flops = dimension * (8 * hidden + block + 1 + 2 * hidden * hidden / block) + hidden * (UNIT + 8 * block)
    return Work(flops, dimension, beyond_first_level(2 * hidden * dimension * 8) * 2 / block)


def gram_step(spikes, hidden):
    """The same along M spikes and m = 2K axes of the bulk, of which only the m x m Gram matrix is kept, and factorised once a block."""
    m, block = 2 * hidden, 4 if hidden < 4 else 8
    products = 12 * hidden * spikes + m * m + (block + 1) * (spikes + m)
    small = hidden * (UNIT + 4 * block) + 3 * m * m + m**3 / (3 * block)
    return Work(products + small, spikes + m + (block + 1) / 2)


def flow_derivative(hidden, modes):
    """Q, T0, M W and S v: 6 K^2 n, and the diagonal terms; weights read and derivatives written."""
    return Work(6 * hidden * hidden * modes + 12 * hidden * modes, 0.0, beyond_first_level(4 * hidden * modes * 8))


# By the names of the benchmarks.
WORK = {
    "normals/ours": Work(0.0, 1.0),
    **{f"sgd/blocked/D:{D}/K:{K}": sgd_step(D, K) for D, K in ((500, 2), (1000, 3), (1000, 8), (1024, 64))},
    **{f"BM_Gram/{M}/{K}/3/0": gram_step(M, K) for M, K in ((1, 1), (3, 3), (3, 8), (10, 16))},
    **{f"rhs_flow/K:{K}/n:{n}": flow_derivative(K, n) for K, n in ((4, 1024), (64, 1024))},
}


def lines(kernels, in_words):
    """A table of (name, level, seconds) in Markdown. @param in_words  seconds as text."""
    yield "| kernel | instruction set | operations | normals | bytes beyond L1 | limit | measured | of the limit |\n|---|---|---|---|---|---|---|---|"
    for name, level, seconds in dict.fromkeys(kernels):
        if name in WORK and level in PEAK:
            work = WORK[name]
            limit = work.limit(level)
            yield (f"| {name} | {level} | {work.flops:.3g} | {work.normals:.3g} | {work.traffic:.3g} | {in_words(limit)} | {in_words(seconds)} "
                   f"| {100.0 * limit / seconds:.0f} % |")
