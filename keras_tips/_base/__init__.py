"""The cellar: what every floor may use and nobody outside needs. Standard library only."""
