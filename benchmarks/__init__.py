"""Speed, size and memory of tinydeploy beside other engines: `scripts/bench`."""
