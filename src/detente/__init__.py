"""Détente: news into measured relations between countries."""
