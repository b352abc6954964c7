"""From a text to dated, attributed events between countries, each with its evidence."""
