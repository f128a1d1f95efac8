"""Sessions: what the window keeps of somebody who is signed in, and never gives to the browser."""
