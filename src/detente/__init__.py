"""Détente: news into measured relations between countries."""

__version__ = "0.1.0"
