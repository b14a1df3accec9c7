"""The bench: models × boards × engines × schemes of one bench.toml, run, proven and compared."""
