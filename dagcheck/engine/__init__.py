"""Loads rule packs, runs rules over the model, applies suppressions, baselines and fixes."""
