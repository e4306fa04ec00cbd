"""llama.cpp's own server with a window and a key: MODEL WINDOW KEY; it prints its address.

Run with -P: beside it lies what stands in for its package.
"""

from __future__ import annotations

import signal
import sys

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_ctx = int(sys.argv[2])
parameters.n_parallel = 1
parameters.api_keys = [sys.argv[3]]
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
signal.pause()
