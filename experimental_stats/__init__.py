"""Estimate and disseminate."""
