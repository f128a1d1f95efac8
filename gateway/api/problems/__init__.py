"""`/problems`: a page for each kind of problem, where its `type` leads."""
