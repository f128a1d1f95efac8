"""`/v1/portals`: how portals do, for the operator and the agency that runs one."""
