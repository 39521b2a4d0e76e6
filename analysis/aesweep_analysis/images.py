"""Pictures out of the image files that a sweep names, and networks' reconstructions of them."""
import gzip
import zlib
from pathlib import Path

import numpy as np

from .open import SweepError

CIFAR_RECORD, CIFAR_SIDE = 3073, 32


def is_images(sweep):
    return sweep.config.get("data", {}).get("kind") == "images"


def data_name(sweep):
    """What the images are called: by their format and the names of their files."""
    data = sweep.config["data"]
    if data.get("format", "idx") == "cifar10":
        return "CIFAR-10 (grey)"
    return "Fashion-MNIST" if "fashion-mnist" in str(data.get("files")) else "images"


def _bytes(path):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        return np.frombuffer(file.read(), np.uint8)


def _idx(raw):
    count, rows, columns = (int.from_bytes(raw[4 * i:4 * i + 4].tobytes(), "big") for i in (1, 2, 3))
    return raw[16:16 + count * rows * columns].reshape(count, rows, columns)


def _cifar(raw):
    """Grey by ITU-R BT.601, as the program takes it."""
    colours = raw.reshape(-1, CIFAR_RECORD)[:, 1:].reshape(-1, 3, CIFAR_SIDE, CIFAR_SIDE).astype(np.uint32)
    return ((19595 * colours[:, 0] + 38470 * colours[:, 1] + 7471 * colours[:, 2] + 32768) >> 16).astype(np.uint8)


def read_images(sweep):
    """The images of a sweep as grey bytes, shape (count, rows, columns). @raises SweepError naming a file that is not there or damaged."""
    data = sweep.config["data"]
    read = _cifar if data.get("format", "idx") == "cifar10" else _idx
    parts = []
    for name in data["files"]:
        path = Path(str(sweep.attributes.get("sweep_directory", ".")), name)
        if not path.exists():
            raise SweepError(f"{path}: no such file (the images of {sweep.path.name})")
        try:
            parts.append(read(_bytes(path)))
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise SweepError(f"{path}: no images in {data.get('format', 'idx')} format ({error})") from None
    return np.concatenate(parts)[:data.get("samples")]


class Inputs:
    """Images as the program takes them: x = (byte − mean pixel) · unit, so that the mean variance of a coordinate is 1."""

    def __init__(self, images):
        self.shape = images.shape[1:]
        flat = images.reshape(len(images), -1).astype(float)
        self.mean = flat.mean(axis=0)
        self.x = flat - self.mean                 # shape (count, D)
        self.unit = 1 / np.sqrt((self.x**2).mean())
        self.x *= self.unit

    def pictures(self, x):
        """Inputs or reconstructions as grey levels, shape (count, rows, columns)."""
        return np.clip(x / self.unit + self.mean, 0, 255).reshape(-1, *self.shape)

    def eigenvectors(self, count):
        """The leading eigenvectors of the covariance, shape (D, count)."""
        _, vectors = np.linalg.eigh(self.x.T @ self.x)
        return vectors[:, ::-1][:, :count]
