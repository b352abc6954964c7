"""How fast the coder is beside the bare parser, on one and two processes, and what a bad text costs.

Rounds of parser and coder alternate on the same filtered sentences, so that a busy machine slows
both; shares are of processor time. The bare parser is spaCy as it comes; the parser as the coder
runs it (numpy's OpenBLAS) is reported beside it.

    python benchmarks/bench_coder.py [--quick]

Dense news are press releases of a foreign ministry, general news articles of a news wiki, from the
development data beside the checkout; without those, both are the project's sample corpus.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import batched, cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from detente.coding import rules, syntax
from detente.coding.coder import code_batch, load_coder
from detente.coding.dates import find_times
from detente.coding.jsonl import document_from_dict
from detente.coding.pool import BATCH_DOCUMENTS, code_documents
from detente.model import Document
from detente.settings import Settings
from poisonous import DeadlyDocument, RaisingDocument
from results import record

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "dev"
BARS = {"of_the_bare_parser": 0.90, "of_two_processes": 0.95, "peak_mib": 600}
