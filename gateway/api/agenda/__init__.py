"""`/v1/agenda`: what an agent sees of the posts where she serves."""
