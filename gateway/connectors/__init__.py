"""What a plugin is: contract, hooks, manifest, loader and catalogue."""
