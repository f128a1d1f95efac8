"""Lists that forms choose from: countries, Morocco's provinces and communes."""
