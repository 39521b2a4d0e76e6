#!/usr/bin/env python3
"""Writes the spectrum and start files beside this script, good and bad, as a user would write them with h5py."""
import pathlib

import h5py
import numpy as np

HERE = pathlib.Path(__file__).parent
ENCODER = np.array([[1.0, -2.0, 0.5, 4.0], [0.25, 3.0, -1.0, 8.0], [7.0, 0.125, 6.0, -5.0]])  # K = 3, D = 4
DECODER = 2 * ENCODER[::-1]
RHO = [0.5, 2.0, 0.0, 2.0, 1.0]


def write(name, **datasets):
    with h5py.File(HERE / f"{name}.hdf5", "w", libver="latest") as file:
        for key, value in datasets.items():
            if value is None:
                file.create_group(key)
            else:
                file[key] = value


write("spectrum_float64", eigenvalues=np.array(RHO))
write("spectrum_integer", eigenvalues=np.array([2, 8, 0, 8, 4], dtype="i2"))
write("spectrum_missing", values=np.array(RHO))
write("spectrum_group", eigenvalues=None)
write("spectrum_text", eigenvalues=np.array([b"1", b"2"]))
write("spectrum_matrix", eigenvalues=np.ones((2, 3)))
write("spectrum_scalar", eigenvalues=1.0)
write("spectrum_negative", eigenvalues=np.array([1.0, 2.0, -0.5]))
write("spectrum_nan", eigenvalues=np.array([1.0, np.nan]))
write("spectrum_zero", eigenvalues=np.zeros(3))
with h5py.File(HERE / "spectrum_compressed.hdf5", "w", libver="latest") as file:
    file.create_dataset("eigenvalues", data=np.array(RHO, dtype=">f4"), chunks=(2,), compression="gzip")

# Eigenvectors: a rotation with rational entries, then ways to be wrong. D = 3, the eigenvalues not in order.
PSI = np.array([[2.0, -1.0, 2.0], [2.0, 2.0, -1.0], [-1.0, 2.0, 2.0]]) / 3
write("vectors", eigenvalues=np.array([1.0, 9.0, 4.0]), eigenvectors=PSI)
write("vectors_equal", eigenvalues=np.array([1.0, 4.0, 1.0]), eigenvectors=PSI)
write("vectors_single", eigenvalues=np.array([1.0, 9.0, 4.0]), eigenvectors=PSI.astype("f4"))
write("vectors_short", eigenvalues=np.array([1.0, 9.0, 4.0]), eigenvectors=PSI[:, :2])
write("vectors_flat", eigenvalues=np.array([1.0, 9.0, 4.0]), eigenvectors=PSI[0])
write("vectors_nan", eigenvalues=np.array([1.0, 9.0, 4.0]), eigenvectors=PSI + np.diag([0.0, np.nan, 0.0]))
write("vectors_skew", eigenvalues=np.array([1.0, 9.0, 4.0]), eigenvectors=PSI + 1e-3 * np.outer(PSI[:, 0], [0.0, 0.0, 1.0]))

write("start", encoder=ENCODER, decoder=DECODER, bias=np.array([0.5, -1.0, 2.0]))
write("start_without_bias", encoder=ENCODER.astype("f4"), decoder=DECODER.astype("i4"))
write("start_without_encoder", decoder=DECODER)
write("start_without_decoder", encoder=ENCODER)
write("start_vector", encoder=ENCODER[0], decoder=DECODER)
write("start_transposed", encoder=ENCODER, decoder=DECODER.T)
write("start_long_bias", encoder=ENCODER, decoder=DECODER, bias=np.zeros(4))
DECODER[1, 2] = np.inf
write("start_infinite", encoder=ENCODER, decoder=DECODER)
