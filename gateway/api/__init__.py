"""The unified MRE Services API: routes, and the shapes of what they take and give. No business rule."""
