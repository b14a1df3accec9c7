"""Every scheme side by side: what each costs and keeps on one board."""
