# SPDX-License-Identifier: Apache-2.0
"""Signal-space projection against eye blinks, learned while the signal runs.

A blink is a dipole at a fixed place, so it adds the same pattern u to the electrodes each time, only more or less of it:

    x = brain + u b        out = (I - U U') x

U are the leading eigenvectors of the covariance of the samples beyond the threshold (Uusitalo and Ilmoniemi 1997, Med.
Biol. Eng. Comput. 35:135). They are learned from whole tenths of a second, so that the result does not depend on how
the signal is cut into blocks.
"""
import numpy as np

CHUNK_S = 0.1
TOO_LARGE_UV = 1e4  # no blink: a loose electrode, or no number


class BlinkRemover:
    def __init__(self, params, format):
        missing = [name for name in params["channels"] if name not in format.channels]
        if missing or not params["channels"]:
            there = ", ".join(format.channels[:16])
            raise ValueError(f"channels: there is no {missing[0] if missing else 'name'}; the signal has {there}")
        count = len(format.channels)
        if count <= params["patterns"]:
            raise ValueError(f"patterns: {params['patterns']} of {count} channels leave nothing; take fewer")
        self.eyes = [format.channels.index(name) for name in params["channels"]]
        self.threshold_uv = params["threshold_uv"]
        self.patterns = params["patterns"]
        self.chunk = np.zeros((max(1, round(CHUNK_S * format.rate_hz)), count), np.float32)
        self.filled = 0
        self.forgetting = np.exp(-len(self.chunk) / (format.rate_hz * params["memory_s"]))
        self.covariance = np.zeros((count, count))
        self.weight = 0.0  # of the samples in it
        self.projection = np.zeros((count, count), np.float32)  # U U'

    def set(self, name, value):
        self.threshold_uv = value

    def process(self, samples, out):
        at = 0
        while at < len(samples):
            count = min(len(self.chunk) - self.filled, len(samples) - at)
            piece = samples[at : at + count]
            out[at : at + count] = piece - piece @ self.projection
            self.chunk[self.filled : self.filled + count] = piece
            self.filled += count
            at += count
            if self.filled == len(self.chunk):
                self.learn(self.chunk.astype(float))
                self.filled = 0

    def learn(self, chunk):
        if not np.all(np.abs(chunk) < TOO_LARGE_UV):
            return
        blink = chunk[np.abs(chunk[:, self.eyes].mean(axis=1)) > self.threshold_uv]
        self.covariance *= self.forgetting
        self.weight *= self.forgetting
        if len(blink) == 0:
            return
        self.covariance += blink.T @ blink
        self.weight += len(blink)
        leading = np.linalg.eigh(self.covariance / self.weight)[1][:, -self.patterns :]
        self.projection = (leading @ leading.T).astype(np.float32)

    def save(self):
        return {
            "chunk": self.chunk,
            "filled": self.filled,
            "covariance": self.covariance,
            "weight": self.weight,
            "projection": self.projection,
        }

    def load(self, state):
        sound = all(np.all(np.isfinite(array)) for array in state.values())
        if not sound or not 0 <= state["filled"] < len(self.chunk) or np.abs(state["projection"]).max() > 1.001:
            raise ValueError("this is no state of a blink remover")
        self.chunk, self.covariance, self.projection = state["chunk"], state["covariance"], state["projection"]
        self.filled, self.weight = int(state["filled"]), float(state["weight"])
