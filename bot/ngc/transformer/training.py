"""Trains a transformer: what is held back chooses, and small sets are then learnt whole."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from bot.errors import TrainingError
from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Sample
from bot.ngc.transformer.calibration import Calibration, calibrate
from bot.ngc.transformer.lexical import LexicalHead
from bot.ngc.transformer.model import Facts, TransformerModel
from bot.ngc.transformer.recipe import Recipe, recipe_for
from bot.ngc.transformer.scope import Scope, fit_scope, signals
from bot.ngc.transformer.splits import hold_back
"""PLACEHOLDER"""
