"""`python -m tinydeploy` is `tinydeploy`."""

from tinydeploy.cli import main

main()
