# SPDX-License-Identifier: Apache-2.0
"""Reads {"schema": ..., "documents": [...]} and says of each document whether an independent validator accepts it."""
import json
import sys

from jsonschema import Draft202012Validator

given = json.load(sys.stdin)
Draft202012Validator.check_schema(given["schema"])
validator = Draft202012Validator(given["schema"])
json.dump([validator.is_valid(document) for document in given["documents"]], sys.stdout)
