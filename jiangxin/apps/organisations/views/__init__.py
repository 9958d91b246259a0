"""Pages by noun: the directory and imports, running conditions, siting."""
