"""Checksums of all numbers of the cases given as JSON on standard input, for the test that compares them with those of src/generator.ts."""

import json
import sys
import zlib

import numpy as np

import common


def checksums(case):
    given = common.problem(case["workload"], case["size"])
    arrays = {"inputs": given.inputs, **given.parameters, "coefficients": given.coefficients, "labels": given.labels}
    return {name: zlib.crc32(np.ascontiguousarray(x, dtype="<f4").tobytes()) for name, x in arrays.items() if x is not None}


json.dump([checksums(case) for case in json.load(sys.stdin)], sys.stdout)
